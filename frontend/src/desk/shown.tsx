/** What the desk says of an issue for a decision: what waits for one, its facts, what it hangs together with, its history. */
import { type Key, type Language, sayValue } from '../i18n/catalogue';
import type { IssueClass, WholeIssue } from '../issues/api';
import { when } from '../issues/parts';
import { toldHistory } from '../issues/told';

type Props = { issue: WholeIssue; t: (key: Key) => string; language: Language };
type LinkedProps = Props & { classes: IssueClass[]; open: (id: number) => void };

/** What is asked for and not decided, and what stands still: until when, since when, by whom, why. */
export function Pending({ issue, t, language }: Props) {
  const asked = issue.extension;
  const still = issue.suspended && issue.events.filter((event) => event.action === 'suspend').at(-1);
  return (
    <>
      {asked && (
        <p class="pending" role="note">
          <b>
            {t('dkAsksUntil')} {when(asked.until, language)}
          </b>{' '}
          · {asked.by}
          <span>
            {t('dkWhy')}: {asked.note}
          </span>
        </p>
      )}
      {still && (
        <p class="pending" role="note">
          <b>
            {t('dkSuspendedSince')} {when(still.at, language)}
          </b>{' '}
          · {still.actor}
          <span>
            {t('dkWhy')}: {still.note}
          </span>
        </p>
      )}
    </>
  );
}

export function Facts({ issue, classes, open, t, language }: LinkedProps) {
  const rows: [Key, string | null][] = [
    ['issuePlace', issue.place ?? `${issue.lon.toFixed(6)}, ${issue.lat.toFixed(6)}`],
    ['issueReported', `${when(issue.at, language)} · ${sayValue(issue.source, language)}`],
    ['dkOrder', issue.order_number],
    ['dkLevel', t(`level_${issue.level}`)],
    ['worker', issue.worker_name ?? issue.worker],
    ['dkUnit', issue.handler ?? (issue.unit || null)],
    ['issueResult', issue.result],
    ['dkRating', issue.rating && sayValue(issue.rating, language)],
    ['dkReturns', issue.returns ? String(issue.returns) : null],
    [
      'dkSorted',
      issue.confidence < 1
        ? `${Math.round(issue.confidence * 100)}%${issue.words.length ? ` · ${issue.words.join('、')}` : ''}`
        : null,
    ],
  ];
  const linked: [Key, number | null][] = [
    ['dkMergedInto', issue.merged_into],
    ['dkSplitFrom', issue.split_from],
  ];
  const named = (code: string) => {
    const found = classes.find((one) => one.code === code);
    return found ? (language === 'zh' ? found.name_zh : found.name_en) : code;
  };
  return (
    <dl>
      {rows.map(([label, value]) =>
        value ? (
          <div key={label}>
            <dt>{t(label)}</dt>
            <dd>{value}</dd>
          </div>
        ) : null,
      )}
      {linked.map(([label, other]) =>
        other ? (
          <div key={label}>
            <dt>{t(label)}</dt>
            <dd>
              <button type="button" class="link" onClick={() => open(other)}>
                #{other}
              </button>
            </dd>
          </div>
        ) : null,
      )}
      {issue.history.length > 0 && (
        <div class="before">
          <dt>{t('dkBefore')}</dt>
          <dd>
            <ul>
              {issue.history.map((one) => (
                <li key={one.id}>
                  <button type="button" class="link" onClick={() => open(one.id)}>
                    #{one.id} {named(one.class)}
                  </button>
                  <small>
                    {when(one.at, language)} · {sayValue(one.state, language)}
                    {one.rating && ` · ${sayValue(one.rating, language)}`}
                  </small>
                </li>
              ))}
            </ul>
          </dd>
        </div>
      )}
    </dl>
  );
}

export function History({ issue, classes, open, t, language }: LinkedProps) {
  return (
    <section class="history">
      <h3>{t('dkHistory')}</h3>
      <ol>
        {toldHistory(issue, classes, language)
          .reverse()
          .map(({ event, word, facts, links }, index) => (
            <li
              key={`${event.at}${event.action}${index}`}
              data-state={event.to_state}
              data-event={event.action}
            >
              <b>{word}</b>
              {event.from_state !== event.to_state && (
                <span class="state-word">{sayValue(event.to_state, language)}</span>
              )}
              {facts.map((fact) => (
                <span key={fact}>{fact}</span>
              ))}
              {links.map((link) => (
                <span key={link.issue}>
                  {link.word}{' '}
                  <button type="button" class="link" onClick={() => open(link.issue)}>
                    #{link.issue}
                  </button>
                </span>
              ))}
              <small>
                {when(event.at, language)} · {event.actor}
              </small>
              {event.note && <p>{event.note}</p>}
            </li>
          ))}
      </ol>
    </section>
  );
}
