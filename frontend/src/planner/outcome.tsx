/** Checking and importing: how far it is, what was found, what changes, and the way back. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Key, Language } from '../i18n/catalogue';
import type { Finding, Imports, Job, Report } from './api';
import { inPlace } from './remedies';
import { Undo } from './undo';

type Props = {
  t: (key: Key) => string;
  language: Language;
  desk: Imports;
  job: Job;
  isChecked: boolean;
  canCheck: boolean;
  allowable: string[];
  allow: string[];
  accept: (check: string) => void;
  check: () => void;
  run: () => void;
  cancel: () => void;
  show: (point: [number, number]) => void;
  undone: () => void;
  next: () => void;
};

const SHOWN = 60;
const STAGES: Record<string, Key> = { read: 'plStageRead', check: 'plStageCheck', write: 'plStageWrite' };
const WORDS: Record<Finding['severity'], Key> = { error: 'plError', warning: 'plWarning', info: 'plInfo' };

function Counts({ t, report }: { t: Props['t']; report: Report }) {
  const shown: [Key, number][] = [
    ['plAdded', report.added],
    ['plChanged', report.changed],
    ['plRemoved', report.removed],
    ['plUnchanged', report.unchanged],
  ];
  return (
    <dl class="counts">
      {shown.map(([key, count]) => (
        <div key={key} data-count={key}>
          <dt>{t(key)}</dt>
          <dd>{count.toLocaleString()}</dd>
        </div>
      ))}
    </dl>
  );
}

export function Outcome(props: Props) {
  const { t, language, job, isChecked, canCheck, allowable, allow, accept, show } = props;
  const [all, setAll] = useState(false);
  const verdict = useRef<HTMLHeadingElement>(null);
  const working = job.task !== 'inspect' && (job.state === 'waiting' || job.state === 'running');
  const report = job.task !== 'inspect' && isChecked && !working ? job.report : null;
  const done = report !== null && job.task === 'import' && !report.refused;
  // what came out is what the planner waits for: it goes to the top
  useEffect(() => {
    if (report) verdict.current?.scrollIntoView({ block: 'start' });
  }, [report?.findings, done]);
  const acceptable = new Set(
    report?.findings
      .filter(
        (one) => one.severity === 'error' && allowable.includes(one.check) && !allow.includes(one.check),
      )
      .map((one) => one.check),
  );
  const findings = report?.findings ?? [];
  const listed = all ? findings : findings.slice(0, SHOWN);
  return (
    <section aria-labelledby="outcome" class="outcome">
      <h2 id="outcome" ref={verdict}>
        {done ? t('plDone') : t('plStepCheck')}
      </h2>
      {working && (
        <div class="working">
          <p role="status">
            {t(job.state === 'waiting' ? 'plWaiting' : (STAGES[job.stage] ?? 'plStageRead'))}
          </p>
          <progress
            aria-label={t('plStepCheck')}
            {...(job.total && job.stage === 'read' ? { value: job.rows, max: job.total } : {})}
          />
          {job.rows > 0 && <span class="soft">{job.rows.toLocaleString()}</span>}
          <button type="button" class="second" onClick={props.cancel}>
            {t('plCancel')}
          </button>
        </div>
      )}
      {!working && job.state === 'cancelled' && <p role="status">{t('plCancelled')}</p>}
      {!working && job.task !== 'inspect' && job.problem && (
        <p role="alert" class="problem">
          {job.problem}
        </p>
      )}
      {!working && !done && (
        <p class="acts">
          <button
            type="button"
            class={report && !report.refused ? 'second' : 'main'}
            disabled={!canCheck}
            onClick={props.check}
          >
            {t('plCheck')}
          </button>
          {report && !report.refused && (
            <button type="button" class="main" onClick={props.run}>
              {t('plRun')}
            </button>
          )}
        </p>
      )}
      {!working && !canCheck && <p class="soft">{t('plChooseFirst')}</p>}
      {report && (
        <>
          <p role="status" class={report.refused ? 'verdict refused' : 'verdict'}>
            {t(done ? 'plImported' : report.refused ? 'plRefused' : 'plClean').replace(
              '{count}',
              String(report.counts.error),
            )}
          </p>
          {!report.refused && <Counts t={t} report={report} />}
        </>
      )}
      {done && report.import !== null && (
        <p class="acts">
          <button type="button" class="main" onClick={props.next}>
            {t('plOtherFile')}
          </button>
          <Undo t={t} language={language} desk={props.desk} number={report.import} undone={props.undone} />
        </p>
      )}
      {findings.length > 0 && (
        <>
          <h3>
            {t('plFindings')}
            {(['error', 'warning', 'info'] as const).map((severity) =>
              report?.counts[severity] ? (
                <span key={severity} class={`badge ${severity}`}>
                  {t(WORDS[severity])} {report.counts[severity]}
                </span>
              ) : null,
            )}
          </h3>
          {[...acceptable].map((check) => (
            <p key={check} class="accept">
              <span>{findings.find((one) => one.check === check)?.message}</span>
              <button type="button" class="second" onClick={() => accept(check)}>
                {t('plAccept')}
              </button>
            </p>
          ))}
          <ul class="findings">
            {listed.map((one, at) => {
              const body = (
                <>
                  <span class={`mark ${one.severity}`}>{t(WORDS[one.severity])}</span>
                  <b>{one.message}</b>
                  {one.where && <small>{one.where}</small>}
                  <small>{inPlace(one.remedy, language)}</small>
                </>
              );
              const { point } = one;
              return (
                <li key={`${at} ${one.check}`}>
                  {point ? (
                    <button type="button" onClick={() => show(point)}>
                      {body}
                    </button>
                  ) : (
                    <div>{body}</div>
                  )}
                </li>
              );
            })}
          </ul>
          {findings.length > SHOWN && !all && (
            <button type="button" class="second" onClick={() => setAll(true)}>
              {t('plShowAll').replace('{count}', String(findings.length))}
            </button>
          )}
        </>
      )}
    </section>
  );
}
