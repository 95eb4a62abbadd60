/** The card of an issue that was clicked on a map: photos, words, state, what is due. */
import { useEffect, useState } from 'preact/hooks';
import { type Key, type Language, sayValue } from '../i18n/catalogue';
import { onIssueNews } from '../map/issue_news';
import { issueService, type WholeIssue } from './api';
import { Countdown, nameOf, Sign, StateWord, stepName, useNow, when } from './parts';
import '../styles/issues.css';

type Props = {
  id: number;
  t: (key: Key) => string;
  language: Language;
  /** Whether whoever looks works at the desk. */
  desk: boolean;
  close: () => void;
  fly: (centre: [number, number], box: null) => void;
};

export function IssueCard({ id, t, language, desk, close, fly }: Props) {
  const [issue, setIssue] = useState<WholeIssue>();
  const [problem, setProblem] = useState('');
  const now = useNow();
  useEffect(() => {
    const given = new AbortController();
    const look = () =>
      issueService(language)
        .one(id, given.signal)
        .then(setIssue, (error: Error) => {
          if (!given.signal.aborted) setProblem(error.message);
        });
    look();
    const deaf = onIssueNews((changed) => {
      if (!changed || changed.some((one) => one.id === id)) look();
    });
    return () => {
      given.abort();
      deaf();
    };
  }, [id, language]);
  useEffect(() => {
    const key = (event: KeyboardEvent) => event.key === 'Escape' && close();
    addEventListener('keydown', key);
    return () => removeEventListener('keydown', key);
  }, [close]);
  return (
    <aside class="panel card issue-card" aria-label={t('issue')} aria-busy={!issue && !problem}>
      <button type="button" class="close" aria-label={t('close')} title={t('close')} onClick={close}>
        ×
      </button>
      {problem && <p role="alert">{problem}</p>}
      {issue && (
        <>
          <p class="issue-head">
            <Sign state={issue.state} code={issue.class} />
            <b>{nameOf(issue, language)}</b>
            <StateWord state={issue.state} language={language} />
            {issue.urgent && <span class="flag">{t('issueUrgent')}</span>}
          </p>
          <h2>
            <button type="button" class="link" onClick={() => fly([issue.lon, issue.lat], null)}>
              {issue.text}
            </button>
          </h2>
          <Pictures issue={issue} t={t} />
          <dl>
            <div>
              <dt>{t('issuePlace')}</dt>
              <dd>{issue.place ?? `${issue.lon.toFixed(5)}, ${issue.lat.toFixed(5)}`}</dd>
            </div>
            <div>
              <dt>{t('issueReported')}</dt>
              <dd>
                {when(issue.at, language)} · {sayValue(issue.source, language)}
              </dd>
            </div>
            {issue.result && (
              <div>
                <dt>{t('issueResult')}</dt>
                <dd>{issue.result}</dd>
              </div>
            )}
          </dl>
          <p class="dues">
            {Object.entries(issue.deadlines).map(([step, until]) => (
              <Countdown key={step} until={until} now={now} t={t} label={stepName(step, t)} />
            ))}
          </p>
          {desk && (
            <a class="quiet" href={`/desk?issue=${issue.id}`}>
              {t('issueOpenAtDesk')}
            </a>
          )}
        </>
      )}
    </aside>
  );
}

/** Photos of before and after, each a link to itself. */
export function Pictures({ issue, t }: { issue: WholeIssue; t: (key: Key) => string }) {
  if (!issue.pictures.length) return null;
  return (
    <div class="pictures">
      {(['report', 'result'] as const).map((stage) => {
        const shown = issue.pictures.filter((picture) => picture.stage === stage);
        if (!shown.length) return null;
        const name = t(stage === 'report' ? 'issueBefore' : 'issueAfter');
        return (
          <figure key={stage}>
            <div>
              {shown.map((picture, index) => (
                <a key={picture.photo} href={picture.photo} target="_blank" rel="noreferrer">
                  <img
                    src={picture.photo}
                    alt={`${t('issuePhotoOf')} ${issue.id} · ${name} ${index + 1}`}
                    width={picture.width}
                    height={picture.height}
                    loading="lazy"
                  />
                </a>
              ))}
            </div>
            <figcaption>{name}</figcaption>
          </figure>
        );
      })}
    </div>
  );
}
