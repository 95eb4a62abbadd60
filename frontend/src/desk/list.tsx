/** The list of issues, in step with the map: one is marked, and can be opened. */
import { useEffect, useRef } from 'preact/hooks';
import type { Key, Language } from '../i18n/catalogue';
import type { Issue } from '../issues/api';
import { Countdown, nameOf, Sign, StateWord, shortPlace, when } from '../issues/parts';

type Props = {
  issues: Issue[] | undefined;
  more: boolean;
  loadMore: () => void;
  marked: number | undefined;
  fresh: ReadonlySet<number>;
  open: (id: number) => void;
  now: number;
  filtered: boolean;
  clear: () => void;
  t: (key: Key) => string;
  language: Language;
};

export function List({
  issues,
  more,
  loadMore,
  marked,
  fresh,
  open,
  now,
  filtered,
  clear,
  t,
  language,
}: Props) {
  const list = useRef<HTMLOListElement>(null);
  useEffect(() => {
    list.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest' });
  }, [marked]);
  if (!issues)
    return (
      <p class="soft pad" role="status">
        {t('loading')}
      </p>
    );
  if (!issues.length)
    return (
      <section class="nothing">
        <svg viewBox="0 0 64 64" width="72" height="72" aria-hidden="true">
          <circle cx="32" cy="32" r="26" />
          <path d="M20 33l8 8 16-17" />
        </svg>
        <p>{t(filtered ? 'dkNoneFits' : 'dkNone')}</p>
        {filtered && (
          <button type="button" class="chip" onClick={clear}>
            {t('dkClear')}
          </button>
        )}
      </section>
    );
  return (
    <ol class="issues" ref={list} aria-label={t('issues')}>
      {issues.map((issue) => (
        <li key={issue.id}>
          <button
            type="button"
            aria-current={issue.id === marked ? 'true' : undefined}
            class={fresh.has(issue.id) ? 'fresh' : undefined}
            data-issue={issue.id}
            onClick={() => open(issue.id)}
          >
            <Sign state={issue.state} code={issue.class} size={30} />
            <span class="middle">
              <span class="head">
                <b>{nameOf(issue, language)}</b>
                {issue.urgent && <span class="flag">{t('issueUrgent')}</span>}
                {issue.unsure && <span class="flag quiet">{t('dkUnsure')}</span>}
                <StateWord state={issue.state} language={language} />
              </span>
              <span class="words">{issue.text}</span>
              <span class="foot">
                {issue.due_at && issue.state !== '已归档' ? (
                  <Countdown until={issue.due_at} now={now} t={t} />
                ) : (
                  <small>{when(issue.closed_at ?? issue.at, language)}</small>
                )}
                <small class="place">{shortPlace(issue.place)}</small>
              </span>
            </span>
            {issue.photos[0] && (
              <img src={issue.photos[0]} alt="" width="58" height="58" loading="lazy" decoding="async" />
            )}
          </button>
        </li>
      ))}
      {more && (
        <li>
          <button type="button" class="more" onClick={loadMore}>
            {t('dkMore')}
          </button>
        </li>
      )}
    </ol>
  );
}
