/** Keys of other systems: a token that reports and reads what it reported, within areas, until a day. */
import { useState } from 'preact/hooks';
import type { SystemKey } from './api';
import {
  Areas,
  Confirm,
  codes,
  Dialog,
  DoneFoot,
  FormFoot,
  moment,
  Secret,
  type Section,
  Table,
  useAnswer,
} from './parts';

const DAYS = [30, 90, 365, 1095];

export function Keys({ api, t, language }: Section) {
  const { answer, problem, again } = useAnswer(
    () => Promise.all([api.keys(), api.areas()]).then(([{ keys }, { areas }]) => ({ keys, areas })),
    [language],
  );
  const [adding, setAdding] = useState(false);
  const [failed, setFailed] = useState('');
  const [made, setMade] = useState<SystemKey>();
  const [ending, setEnding] = useState<SystemKey>();
  const add = (event: SubmitEvent) => {
    event.preventDefault();
    const given = new FormData(event.currentTarget as HTMLFormElement);
    const text = (name: string) => String(given.get(name) ?? '').trim();
    api.addKey(text('name'), codes(text('areas')), Number(text('days'))).then(
      (key) => {
        setAdding(false);
        setMade(key);
        again();
      },
      (error: Error) => setFailed(error.message),
    );
  };
  return (
    <>
      <header class="bar">
        <button
          type="button"
          class="main"
          onClick={() => {
            setFailed('');
            setAdding(true);
          }}
        >
          {t('addKey')}
        </button>
      </header>
      <p role="alert" class="problem">
        {problem}
      </p>
      <Table
        label={t('keys')}
        columns={[
          t('nameOf'),
          t('keyBegins'),
          t('scope'),
          t('keyUntil'),
          t('lastHere'),
          t('status'),
          t('actions'),
        ]}
        rows={answer?.keys}
        name={(key) => key.id}
        dim={(key) => !key.valid}
        empty={t('noKeys')}
        loading={t('loading')}
        cells={(key) => [
          key.name,
          <code key="begins">{key.begins_with}…</code>,
          key.areas.map((area) => area.name).join('、'),
          moment(key.expires_at, language),
          moment(key.last_used_at, language) || <small>{t('never')}</small>,
          t(key.valid ? 'active' : 'ended'),
          key.valid && (
            <button
              key="revoke"
              type="button"
              class="plain danger"
              aria-label={`${t('revoke')} ${key.name}`}
              onClick={() => setEnding(key)}
            >
              {t('revoke')}
            </button>
          ),
        ]}
      />
      {adding && (
        <Dialog title={t('addKey')} close={() => setAdding(false)}>
          <form onSubmit={add}>
            <label>
              {t('nameOf')}
              <input name="name" required maxLength={200} autocomplete="off" placeholder={t('keyNameHint')} />
            </label>
            <Areas t={t} areas={answer?.areas} label={t('areaCodesOf')} required />
            <label>
              {t('keyDays')}
              <select name="days">
                {DAYS.map((days) => (
                  <option key={days} value={days} selected={days === 365}>
                    {days} {t('days')}
                  </option>
                ))}
              </select>
            </label>
            <FormFoot t={t} problem={failed} cancel={() => setAdding(false)} yes={t('addKey')} />
          </form>
        </Dialog>
      )}
      {made && (
        <Dialog title={made.name} close={() => setMade(undefined)}>
          <Secret t={t} label={t('keyToken')} value={made.token ?? ''} />
          <p>{t('keyHint')}</p>
          <DoneFoot t={t} close={() => setMade(undefined)} />
        </Dialog>
      )}
      {ending && (
        <Confirm
          t={t}
          title={`${t('revoke')} · ${ending.name}`}
          text={t('revokeKey')}
          yes={t('revoke')}
          act={() => api.revokeKey(ending.id).then(again)}
          close={() => setEnding(undefined)}
        />
      )}
    </>
  );
}
