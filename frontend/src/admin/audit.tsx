/** The audit, for the auditor alone. */
import { useEffect, useState } from 'preact/hooks';
import { sayAct } from './acts';
import type { Act } from './api';
import { moment, type Section, Table } from './parts';

export function Audit({ api, t, language }: Section) {
  const [actor, setActor] = useState('');
  const [action, setAction] = useState('');
  const [acts, setActs] = useState<Act[]>();
  const [next, setNext] = useState<number | null>(null);
  const [problem, setProblem] = useState('');

  const filter = (before?: number) => {
    const wanted = new URLSearchParams();
    if (actor.trim()) wanted.set('actor', actor.trim());
    if (action.trim()) wanted.set('action', action.trim());
    if (before) wanted.set('before', String(before));
    return wanted;
  };
  const read = (before: number | undefined, kept: Act[]) =>
    api.audit(filter(before)).then(
      (page) => {
        setActs([...kept, ...page.rows]);
        setNext(page.next);
        setProblem('');
      },
      (error: Error) => setProblem(error.message),
    );
  useEffect(() => {
    const timer = setTimeout(() => read(undefined, []), actor || action ? 250 : 0);
    return () => clearTimeout(timer);
  }, [actor, action, language]);

  return (
    <>
      <header class="bar">
        <input
          type="search"
          placeholder={t('actor')}
          aria-label={t('actor')}
          value={actor}
          onInput={(event) => setActor(event.currentTarget.value)}
        />
        <input
          type="search"
          placeholder={t('act')}
          aria-label={t('act')}
          value={action}
          onInput={(event) => setAction(event.currentTarget.value)}
        />
        <a class="plain" href={`/api/audit.csv?${filter()}`} download>
          {t('exportCsv')}
        </a>
      </header>
      <p role="alert" class="problem">
        {problem}
      </p>
      <Table
        label={t('audit')}
        columns={[t('when'), t('actor'), t('act'), t('thing'), t('outcome'), t('from')]}
        rows={acts}
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
          t(act.outcome === 'done' ? 'doneOutcome' : 'refusedOutcome'),
          act.address,
        ]}
      />
      {next && (
        <button type="button" class="plain" onClick={() => read(next, acts ?? [])}>
          {t('more')}
        </button>
      )}
    </>
  );
}
