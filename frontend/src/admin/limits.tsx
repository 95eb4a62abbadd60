/** How long steps may take, by rule set, class and level; and where the 2341 rule counts. */
import { useState } from 'preact/hooks';
import { LimitForm } from './limit_form';
import { Confirm, type Section, Table, useAnswer, Words } from './parts';
import { RuleAreas } from './rule_areas';
import { LEVELS, STEPS, sayAmount } from './rule_words';
import type { ClassRow, KeptLimit, Limit } from './rules_api';

export function Limits(section: Section) {
  const { api, t, language } = section;
  const { answer, problem, again } = useAnswer(
    () => Promise.all([api.limits(), api.classes(), api.areas().then(({ areas }) => areas)]),
    [language],
  );
  const [told, classes, areas] = answer ?? [];
  const [words, setWords] = useState('');
  const [form, setForm] = useState<{ limit?: KeptLimit }>();
  const [ending, setEnding] = useState<KeptLimit>();
  const set = (limit: Limit) => t(limit.rule_set === 'standard' ? 'ruStandard' : 'ruSet') + named(limit);
  const what = (limit: Limit) => [
    sayClass(limit.class, classes) || t('ruEveryClass'),
    limit.level ? t(LEVELS[limit.level]) : t('ruEveryLevel'),
    t(STEPS[limit.step]),
  ];
  const shown = told?.limits
    .filter((limit) =>
      [set(limit), ...what(limit)].some((text) => text.toLowerCase().includes(words.trim().toLowerCase())),
    )
    .sort((a, b) => order(a).localeCompare(order(b)));
  return (
    <>
      <RuleAreas {...section} told={told} areas={areas} again={again} />
      <header class="bar">
        <button type="button" class="main" onClick={() => setForm({})}>
          {t('ruAddLimit')}
        </button>
        <Words label={t('filter')} value={words} set={setWords} />
      </header>
      <p role="alert" class="problem">
        {problem}
      </p>
      <Table
        label={t('ruLimits')}
        columns={[t('issueClass'), t('ruLevel'), t('ruStep'), t('ruTime'), t('actions')]}
        rows={shown}
        group={set}
        name={(limit) => limit.id}
        empty={t('noneFits')}
        loading={t('loading')}
        cells={(limit) => [
          limit.class ? what(limit)[0] : <small key="every">{t('ruEveryClass')}</small>,
          limit.level ? what(limit)[1] : <small key="level">{t('ruEveryLevel')}</small>,
          t(STEPS[limit.step]),
          <b key="time">{sayAmount(limit, language)}</b>,
          <span key="acts" class="acts">
            <button
              type="button"
              class="plain"
              aria-label={`${t('ruChange')} ${what(limit).join(' · ')}`}
              onClick={() => setForm({ limit })}
            >
              {t('ruChange')}
            </button>
            <button
              type="button"
              class="plain danger"
              aria-label={`${t('ruRemove')} ${what(limit).join(' · ')}`}
              onClick={() => setEnding(limit)}
            >
              {t('ruRemove')}
            </button>
          </span>,
        ]}
      />
      <p class="hint">{t('ruLimitsHint')}</p>
      {form && (
        <LimitForm
          t={t}
          language={language}
          limit={form.limit}
          title={form.limit && what(form.limit).join(' · ')}
          sets={[...new Set(['standard', ...(told?.limits.map((limit) => limit.rule_set) ?? [])])]}
          classes={classes ?? []}
          set={(limit) => api.setLimit(limit).then(again)}
          close={() => setForm(undefined)}
        />
      )}
      {ending && (
        <Confirm
          t={t}
          title={`${t('ruRemove')} · ${what(ending).join(' · ')}`}
          text={t('ruRemoveLimitSure')}
          yes={t('ruRemove')}
          act={() => api.removeLimit(ending.id).then(again)}
          close={() => setEnding(undefined)}
        />
      )}
    </>
  );

  /** The standard first; in each set what counts for all, then classes; levels upwards, steps as they come. */
  function order({ rule_set, class: code, level, step }: Limit): string {
    const place = (keys: string[], key: string | null) => (key ? keys.indexOf(key) + 1 : 0);
    return [
      rule_set === 'standard' ? '' : rule_set,
      code ?? '',
      place(Object.keys(LEVELS), level),
      place(Object.keys(STEPS), step),
    ].join('|');
  }
  function named(limit: Limit): string {
    return limit.rule_set === 'standard' ? '' : ` ${limit.rule_set}`;
  }
  function sayClass(code: string | null, known: ClassRow[] | undefined): string {
    if (!code) return '';
    const found = known?.find((one) => one.code === code);
    return found ? `${code} ${language === 'zh' ? found.name_zh : found.name_en}` : code;
  }
}
