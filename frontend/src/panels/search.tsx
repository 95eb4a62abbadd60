/** The search box: `/` goes there, arrows choose, Enter flies to it and opens its card. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Found, Service } from '../api/client';
import type { Key, Language } from '../i18n/catalogue';
import type { Selection } from '../url';

type Props = {
  api: Service;
  t: (key: Key) => string;
  language: Language;
  fly: (centre: [number, number], box: number[] | null) => void;
  select: (selection?: Selection) => void;
};

const PAUSE_MS = 180;

/** What a result opens; an estate or an address only shows its place. */
function selectionOf(found: Found): Selection | undefined {
  if (found.kind === 'area') return found.code ? { kind: 'area', id: found.code } : undefined;
  if (found.kind === 'estate' || found.kind === 'address') return undefined;
  return { kind: found.kind, id: String(found.id) };
}

export function SearchBox({ api, t, language, fly, select }: Props) {
  const [words, setWords] = useState('');
  const [results, setResults] = useState<Found[]>();
  const [failed, setFailed] = useState(false);
  const [at, setAt] = useState(0);
  const input = useRef<HTMLInputElement>(null);

  useEffect(() => {
    const focus = (event: KeyboardEvent) => {
      if (event.key !== '/' || event.target instanceof HTMLInputElement) return;
      event.preventDefault();
      input.current?.focus();
    };
    addEventListener('keydown', focus);
    return () => removeEventListener('keydown', focus);
  }, []);

  useEffect(() => {
    setResults(undefined);
    setFailed(false);
    setAt(0);
    if (!words.trim()) return;
    const given = new AbortController();
    const timer = setTimeout(() => {
      api.search(words.trim(), given.signal).then(
        (answer) => setResults(answer.results),
        () => setFailed(!given.signal.aborted),
      );
    }, PAUSE_MS);
    return () => {
      clearTimeout(timer);
      given.abort();
    };
  }, [words, api]);

  const go = (found: Found | undefined) => {
    if (!found) return;
    fly(found.centre, found.bbox);
    select(selectionOf(found));
    setResults(undefined);
    input.current?.blur();
  };
  const keys = (event: KeyboardEvent) => {
    const count = results?.length ?? 0;
    if (event.key === 'Escape') setWords('');
    if (event.key === 'Enter') go(results?.[at]);
    if (!count || (event.key !== 'ArrowDown' && event.key !== 'ArrowUp')) return;
    event.preventDefault();
    setAt((now) => (now + (event.key === 'ArrowDown' ? 1 : count - 1)) % count);
  };
  const open = results !== undefined || failed;
  // Preact's types tie this role to a datalist, which the box hasn't
  const combobox = {
    role: 'combobox',
    'aria-expanded': open,
    'aria-controls': 'found',
    'aria-activedescendant': results?.length ? `found-${at}` : undefined,
  } as object;
  return (
    <search class="search">
      <input
        ref={input}
        type="search"
        {...combobox}
        aria-label={t('search')}
        placeholder={t('search')}
        value={words}
        onInput={(event) => setWords(event.currentTarget.value)}
        onKeyDown={keys}
      />
      <div id="found" role="listbox" aria-label={t('search')} hidden={!open}>
        {failed && <p>{t('searchFailed')}</p>}
        {results?.length === 0 && <p>{t('searchNone')}</p>}
        {results?.map((found, index) => (
          <div
            key={`${found.kind}${found.id}`}
            id={`found-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === at}
            onMouseDown={() => go(found)}
          >
            <b>{found.name ?? found.code}</b>
            <small>
              {t(found.kind)}
              {found.detail && language === 'zh' ? ` · ${found.detail}` : ''}
            </small>
          </div>
        ))}
      </div>
    </search>
  );
}
