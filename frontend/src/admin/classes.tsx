/** The classes of issues by group: what they are called, who is in charge, and what they do to a report. */
import { useState } from 'preact/hooks';
import { type Key, sayValue } from '../i18n/catalogue';
import { ClassForm } from './class_form';
import { Confirm, type Section, Switch, Table, useAnswer, Words } from './parts';
import type { ClassRow } from './rules_api';

type Flag = 'enabled' | 'restricted' | 'urgent';
const FLAGS: Record<Flag, Key> = { enabled: 'ruEnabled', restricted: 'ruRestricted', urgent: 'issueUrgent' };
/** What is asked before a switch that hides a class, or shows what was hidden, is turned off. */
const SURE: Partial<Record<Flag, Key>> = { enabled: 'ruDisableSure', restricted: 'ruOpenSure' };

export function Classes({ api, t, language }: Section) {
  const { answer, problem, again } = useAnswer(() => api.classes(), [language]);
  const [off, setOff] = useState<ClassRow[]>([]);
  const [words, setWords] = useState('');
  const [form, setForm] = useState<{ row?: ClassRow }>();
  const [failed, setFailed] = useState('');
  const [asking, setAsking] = useState<{ row: ClassRow; flag: Flag }>();
  const group = (row: ClassRow) => `${row.group} ${sayValue(`group${row.group}`, language)}`;
  const all =
    answer &&
    [...answer.map((row) => ({ ...row, enabled: true })), ...off.filter((row) => !inUse(row.code))].sort(
      (a, b) => a.code.localeCompare(b.code),
    );
  const shown = all?.filter((row) =>
    [row.code, row.name_zh, row.name_en, row.unit, group(row)].some((text) =>
      text.toLowerCase().includes(words.trim().toLowerCase()),
    ),
  );
  function inUse(code: string) {
    return answer?.some((row) => row.code === code) ?? false;
  }
  const set = (row: ClassRow) =>
    api.setClass(row).then(() => {
      setFailed('');
      setOff((was) => [...was.filter((one) => one.code !== row.code), ...(row.enabled ? [] : [row])]);
      again();
    });
  const turn = (row: ClassRow, flag: Flag, on: boolean) => {
    if (!on && SURE[flag]) return setAsking({ row, flag });
    set({ ...row, [flag]: on }).catch((error: Error) => setFailed(error.message));
  };
  const name = (row: ClassRow) => (language === 'zh' ? row.name_zh : row.name_en);
  return (
    <>
      <header class="bar">
        <button type="button" class="main" onClick={() => setForm({})}>
          {t('ruAddClass')}
        </button>
        <Words label={t('filter')} value={words} set={setWords} />
        {shown && all && (
          <small class="soft" role="status">
            {shown.length} / {all.length}
          </small>
        )}
      </header>
      <p role="alert" class="problem">
        {failed || problem}
      </p>
      <Table
        label={t('ruClasses')}
        columns={[
          t('code'),
          t('nameOf'),
          t('ruUnit'),
          t('ruEnabled'),
          t('ruRestricted'),
          t('issueUrgent'),
          t('actions'),
        ]}
        rows={shown}
        group={group}
        name={(row) => row.code}
        dim={(row) => !row.enabled}
        empty={t('noneFits')}
        loading={t('loading')}
        cells={(row) => [
          <code key="code">{row.code}</code>,
          <span key="name" class="two">
            {name(row)} <small lang={language === 'zh' ? 'en' : 'zh-CN'}>{other(row)}</small>
          </span>,
          row.unit || <small>{t('none')}</small>,
          ...(Object.keys(FLAGS) as Flag[]).map((flag) => (
            <Switch
              key={flag}
              label={`${t(FLAGS[flag])} ${row.code} ${name(row)}`}
              on={row[flag] ?? false}
              set={(on) => turn(row, flag, on)}
            />
          )),
          <button
            key="change"
            type="button"
            class="plain"
            aria-label={`${t('ruChange')} ${row.code}`}
            onClick={() => setForm({ row })}
          >
            {t('ruChange')}
          </button>,
        ]}
      />
      <p class="hint">{t('ruClassesHint')}</p>
      {form && (
        <ClassForm
          t={t}
          row={form.row}
          used={all?.filter((row) => row.enabled).map((row) => row.code) ?? []}
          set={set}
          close={() => setForm(undefined)}
        />
      )}
      {asking && (
        <Confirm
          t={t}
          title={`${asking.row.code} ${name(asking.row)}`}
          text={t(SURE[asking.flag] ?? 'ruDisableSure')}
          yes={t(asking.flag === 'enabled' ? 'disable' : 'ruOpen')}
          act={() => set({ ...asking.row, [asking.flag]: false })}
          close={() => setAsking(undefined)}
        />
      )}
    </>
  );
  function other(row: ClassRow) {
    return language === 'zh' ? row.name_en : row.name_zh;
  }
}
