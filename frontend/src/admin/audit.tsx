/** The audit, for the auditor alone. */
import { useState } from 'preact/hooks';
import { sayAct } from './acts';
import type { Act } from './api';
import { More, moment, type Section, Table, usePages, Words } from './parts';

/** What an act says besides: its details as `name: value`, in one line. */
function details(act: Act): string {
  return Object.entries(act.detail)
    .map(([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(' · ');
}

export function Audit({ api, t, language }: Section) {
  const [asked, setAsked] = useState({ actor: '', action: '', outcome: '', since: '', until: '' });
  const filter = (before?: number) => {
    const wanted = new URLSearchParams();
    for (const [name, value] of Object.entries(asked)) if (value.trim()) wanted.set(name, value.trim());
    if (before) wanted.set('before', String(before));
    return wanted;
  };
  const { rows, problem, more } = usePages<Act, number>(
    (before) => api.audit(filter(before)),
    [...Object.values(asked), language],
    Object.values(asked).some(Boolean),
  );
  const set = (name: keyof typeof asked) => (value: string) => setAsked((now) => ({ ...now, [name]: value }));
  const day = (name: 'since' | 'until') => (
    <label>
      {t(name)}
      <input type="date" value={asked[name]} onChange={(event) => set(name)(event.currentTarget.value)} />
    </label>
  );
  return (
    <>
      <header class="bar">
        <Words label={t('actor')} value={asked.actor} set={set('actor')} />
        <Words label={t('act')} value={asked.action} set={set('action')} />
        <select
          aria-label={t('outcome')}
          value={asked.outcome}
          onChange={(event) => set('outcome')(event.currentTarget.value)}
        >
          <option value="">{t('anyOutcome')}</option>
          <option value="done">{t('doneOutcome')}</option>
          <option value="refused">{t('refusedOutcome')}</option>
        </select>
        {day('since')}
        {day('until')}
        <a class="plain" href={`/api/audit.csv?${filter()}`} download>
          {t('exportCsv')}
        </a>
      </header>
      <p role="alert" class="problem">
        {problem}
      </p>
      <Table
        label={t('audit')}
        columns={[t('when'), t('actor'), t('act'), t('thing'), t('details'), t('outcome'), t('from')]}
        rows={rows}
        name={(act) => act.seq}
        empty={t('noAudit')}
        loading={t('loading')}
        cells={(act) => [
          moment(act.at, language),
          act.actor,
          <span key="act">
            {sayAct(act.action, language)} <code class="soft">{act.action}</code>
          </span>,
          `${act.thing} ${act.thing_id}`,
          <small key="details" class="details" title={details(act)}>
            {details(act)}
          </small>,
          t(act.outcome === 'done' ? 'doneOutcome' : 'refusedOutcome'),
          act.address,
        ]}
      />
      <More t={t} more={more} />
    </>
  );
}
