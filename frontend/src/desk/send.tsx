/** Whom to send an issue to or pass it on to: the nearest on duty on foot, or a handling unit; one click does it. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { Problem } from '../api/client';
import { type Key, type Language, sayValue } from '../i18n/catalogue';
import type { IssueService, Step, Unit, Walker, WholeIssue } from '../issues/api';
import { onWorkerPicked } from './picked';

type Props = {
  issue: WholeIssue;
  action: 'dispatch' | 'transfer';
  service: IssueService;
  act: (step: Step) => Promise<void>;
  busy: boolean;
  language: Language;
  t: (key: Key) => string;
};

/** How many the service names at most. */
const MOST = 50;

function distance(metres: number): string {
  return metres < 950 ? `${Math.round(metres / 10) * 10} m` : `${(metres / 1000).toFixed(1)} km`;
}

export function Send({ issue, action, service, act, busy, language, t }: Props) {
  const [found, setFound] = useState<Walker[]>();
  const [units, setUnits] = useState<Unit[]>([]);
  /** A handling unit isn't told of workers: it passes on to other units. */
  const [blind, setBlind] = useState(false);
  const [problem, setProblem] = useState('');
  const [handler, setHandler] = useState('');
  const [note, setNote] = useState('');
  const why = useRef<HTMLTextAreaElement>(null);
  /** Who was clicked on the map stands first, to be confirmed by the same click as the others. */
  const [picked, setPicked] = useState<string>();
  useEffect(() => onWorkerPicked(setPicked), []);
  const far = Boolean(picked && found && !found.some((one) => one.worker === picked));
  useEffect(() => {
    if (!far) return;
    const given = new AbortController();
    service.workers(issue.id, given.signal, MOST).then(setFound, () => undefined);
    return () => given.abort();
  }, [far, issue.id, service]);
  const listed = [...(found ?? [])].sort((a, b) => Number(b.worker === picked) - Number(a.worker === picked));
  useEffect(() => {
    const given = new AbortController();
    service.workers(issue.id, given.signal).then(setFound, (error: Error) => {
      if (given.signal.aborted) return;
      if (error instanceof Problem && error.status === 403) setBlind(true);
      else setProblem(error.message);
    });
    service.units(issue.id, given.signal).then(
      (known) => {
        setUnits(known);
        const likely = known.find((one) => one.likely);
        if (likely) setHandler((was) => was || likely.handler);
      },
      () => undefined,
    );
    return () => given.abort();
  }, [issue.id, service]);
  const send = (whom: { worker: string } | { handler: string }) => {
    if (action === 'transfer' && !note.trim()) {
      why.current?.setCustomValidity(note ? t('dkNote') : '');
      why.current?.reportValidity();
      return;
    }
    act({ action, ...whom, ...(note.trim() ? { note: note.trim() } : {}) });
  };
  return (
    <>
      <form onSubmit={(event) => event.preventDefault()}>
        <label>
          {t(action === 'transfer' ? 'dkNote' : 'dkNoteMaybe')}
          <textarea
            ref={why}
            rows={action === 'transfer' ? 2 : 1}
            maxLength={2000}
            required={action === 'transfer'}
            value={note}
            onInput={(event) => {
              event.currentTarget.setCustomValidity('');
              setNote(event.currentTarget.value);
            }}
          />
        </label>
      </form>
      {!blind && (
        <>
          <h3>{t(action === 'transfer' ? 'dkToWorker' : 'dkNearest')}</h3>
          <p class="soft">{t('dkOrOnMap')}</p>
          {problem && (
            <p role="alert" class="problem">
              {problem}
            </p>
          )}
          {!found && !problem && (
            <p role="status" class="soft">
              {t('loading')}
            </p>
          )}
          {found?.length === 0 && <p class="soft">{t('dkNobody')}</p>}
          <ol class="candidates">
            {listed.map((one) => (
              <li key={one.worker} class={one.worker === picked ? 'picked' : undefined}>
                <button
                  type="button"
                  disabled={busy}
                  onClick={() => send({ worker: one.worker })}
                  data-worker={one.worker}
                >
                  <b>
                    {one.name} {one.own && <span class="own">{t('dkOwnGrid')}</span>}
                    {one.worker === picked && <span class="own">{t('dkPicked')}</span>}
                  </b>
                  {one.metres !== null && (
                    <span title={one.along === 'straight' ? t('dkNoStreet') : undefined}>
                      {t('dkWalk')} {one.along === 'straight' && '≈ '}
                      {distance(one.metres)} · {one.minutes} {t('dkMinutes')}
                    </span>
                  )}
                  <span class={one.load > 4 ? 'busy' : undefined}>
                    {t('dkLoad')} {one.load}
                    {one.overdue > 0 && ` · ${t('dkLate')} ${one.overdue}`}
                  </span>
                  <small>{sayValue(one.status, language)}</small>
                </button>
              </li>
            ))}
          </ol>
        </>
      )}
      <form
        class="to-unit"
        onSubmit={(event) => {
          event.preventDefault();
          send({ handler: handler.trim() });
        }}
      >
        <label>
          {t('dkToUnit')}
          {issue.unit && ` · ${t('dkLikely')} ${issue.unit}`}
          <span>
            <input
              required
              maxLength={100}
              list="units"
              value={handler}
              placeholder={t('dkUnitAccount')}
              onInput={(event) => setHandler(event.currentTarget.value)}
            />
            <button type="submit" class="chip" disabled={busy}>
              {t(action === 'transfer' ? 'act_transfer' : 'act_dispatch')}
            </button>
          </span>
        </label>
        <datalist id="units">
          {units.map((one) => (
            <option key={one.handler} value={one.handler}>
              {one.name}
            </option>
          ))}
        </datalist>
      </form>
    </>
  );
}
