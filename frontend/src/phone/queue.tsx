/** What waits to be sent and what was sent today: state, retry, errors in words, the class to choose when unsure. */
import { type Key, type Language, sayValue } from '../i18n/catalogue';
import { type Issue, type IssueClass, SURE } from '../issues/api';
import { nameOf, Sign, StateWord, when } from '../issues/parts';
import { actionWord } from '../issues/told';
import type { PhoneService } from './api';
import type { Outbox, Waiting } from './outbox';
import { Guessed } from './report';

type Props = {
  api: PhoneService;
  outbox: Outbox;
  entries: Waiting[];
  mine: Issue[];
  classes: IssueClass[];
  t: (key: Key) => string;
  language: Language;
};

const SAYS: Record<Waiting['state'], Key> = {
  waiting: 'phWaiting',
  sending: 'phSending',
  sent: 'phSent',
  refused: 'phRefused',
};
export function Queue({ api, outbox, entries, mine, classes, t, language }: Props) {
  const there = new Set(entries.map((entry) => entry.answer?.id));
  const others = mine.filter((issue) => !there.has(issue.id)).slice(0, 10);
  if (!entries.length && !others.length) return <p class="empty">{t('phNothingSent')}</p>;
  const choose = async (entry: Waiting, code: string) => {
    if (!entry.answer) return;
    if (code === entry.answer.class) return outbox.settle(entry);
    const answer = await api.issues.act(entry.answer.id, { action: 'reclassify', class: code });
    return outbox.settle(entry, answer);
  };
  return (
    <section class="queue" aria-label={t('phQueue')}>
      <h2>{t('phQueue')}</h2>
      <ul>
        {[...entries].reverse().map((entry) => {
          const now = mine.find((issue) => issue.id === entry.answer?.id);
          return (
            <li key={entry.key} data-sending={entry.state}>
              <p class="line">
                <b>
                  {entry.kind === 'report'
                    ? entry.report?.text
                    : `#${entry.issue} ${actionWord(entry.step?.action ?? '', language)}`}
                </b>
              </p>
              <p class="line">
                <span class="sending-state" role="status">
                  {t(SAYS[entry.state])}
                </span>
                {entry.answer && entry.kind === 'report' && (
                  <span>
                    #{entry.answer.id} · {nameOf(entry.answer, language)}
                  </span>
                )}
                {now && <StateWord state={now.state} language={language} />}
                <small>
                  {when(new Date(entry.made).toISOString(), language)}
                  {entry.photos.length + entry.results.length > 0 &&
                    ` · ${entry.photos.length + entry.results.length} ${t('phPhotos')}`}
                </small>
              </p>
              {entry.problem && (
                <p role="alert" class="problem">
                  {entry.problem}
                </p>
              )}
              {entry.state === 'waiting' && entry.tries > 0 && !entry.problem && (
                <p class="hint">{t('phNoAnswer')}</p>
              )}
              {(entry.state === 'waiting' || entry.state === 'refused') && (
                <p class="line">
                  <button type="button" class="plain" onClick={() => outbox.retry(entry)}>
                    {t('phRetry')}
                  </button>
                  <button type="button" class="plain warn" onClick={() => outbox.remove(entry.key)}>
                    {t('phDiscard')}
                  </button>
                </p>
              )}
              {entry.kind === 'report' &&
                entry.answer &&
                !entry.settled &&
                !entry.report?.class &&
                entry.answer.confidence < SURE && (
                  <Guessed
                    candidates={entry.answer.candidates}
                    chosen={undefined}
                    choose={(code) => choose(entry, code)}
                    classes={classes}
                    language={language}
                    t={t}
                  />
                )}
            </li>
          );
        })}
        {others.map((issue) => (
          <li key={issue.id}>
            <p class="line">
              <Sign state={issue.state} code={issue.class} size={22} />
              <b>{issue.text}</b>
            </p>
            <p class="line">
              <StateWord state={issue.state} language={language} />
              <span>#{issue.id}</span>
              {issue.rating && <span>{sayValue(issue.rating, language)}</span>}
              <small>{when(issue.at, language)}</small>
            </p>
          </li>
        ))}
      </ul>
    </section>
  );
}
