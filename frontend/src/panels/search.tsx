/** The search box: `/` goes there, arrows choose, Enter flies to it and opens its card. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Found, Service } from '../api/client';
import type { Key, Language } from '../i18n/catalogue';
import { placeId, type Selection } from '../url';

type Props = {
  api: Service;
  t: (key: Key) => string;
  language: Language;
  fly: (centre: [number, number], box: number[] | null) => void;
  select: (selection?: Selection) => void;
  /** The words to begin with, and who keeps them. */
  words?: string;
  keep?: (words: string) => void;
  /** Where the map looks: what is close comes first among addresses. */
  centre?: () => [number, number] | undefined;
};

/** Something that was found; a place is what typed coordinates mean. */
type Hit = Omit<Found, 'kind'> & { kind: Found['kind'] | 'coordinate' };

const PAUSE_MS = 180;
/** Whether words may be coordinates; the service says whether they are. */
function mayBeNumbers(words: string): boolean {
  const bare = words.replace(/[度分秒东西南北高德百火星坐标]/g, '');
  return /\d.*[,，;；\s/°度].*\d/.test(words.trim()) && !/[一-鿿]/.test(bare);
}

/** What a result opens: an address its building's card, with the household chosen. */
function selectionOf(found: Hit): Selection | undefined {
  const place: Selection = { kind: 'place', id: placeId(found.centre) };
  if (found.kind === 'area') return found.code ? { kind: 'area', id: found.code } : undefined;
  if (found.kind === 'coordinate' || found.kind === 'street') return place;
  if (found.kind === 'address') {
    return found.building ? { kind: 'building', id: String(found.building), room: String(found.id) } : place;
  }
  return { kind: found.kind, id: String(found.id) };
}

/** Named things, and before them what the words mean as coordinates. */
async function look(
  api: Service,
  words: string,
  near: [number, number] | undefined,
  signal: AbortSignal,
): Promise<Hit[]> {
  const [named, read] = await Promise.all([
    api.search(words, near, signal),
    mayBeNumbers(words)
      ? api.readCoordinates(words, signal).catch(() => ({ readings: [] }))
      : { readings: [] },
  ]);
  const places = read.readings.map(
    ({ crs, reason, lon, lat }, i): Hit => ({
      kind: 'coordinate',
      id: i,
      code: null,
      name: `${crs}　${lon.toFixed(6)}, ${lat.toFixed(6)}`,
      detail: reason,
      centre: [lon, lat],
      bbox: null,
    }),
  );
  return [...places, ...named.results];
}

export function SearchBox({ api, t, language, fly, select, words: kept = '', keep, centre }: Props) {
  const [words, setWords] = useState(kept);
  useEffect(() => keep?.(words), [words]);
  const [results, setResults] = useState<Hit[]>();
  /** Words of a link whose card is open are shown, and asked for only when they change. */
  const asked = useRef(words);
  const [failed, setFailed] = useState(false);
  const [at, setAt] = useState(0);
  const input = useRef<HTMLInputElement>(null);

  useEffect(() => {
    const focus = (event: KeyboardEvent) => {
      const typing =
        event.target instanceof Element && event.target.closest('input, select, textarea, dialog');
      if (event.key !== '/' || event.ctrlKey || event.metaKey || typing) return;
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
    if (!words.trim() || words === asked.current) return;
    asked.current = '';
    const given = new AbortController();
    const timer = setTimeout(() => {
      look(api, words.trim(), centre?.(), given.signal).then(setResults, () =>
        setFailed(!given.signal.aborted),
      );
    }, PAUSE_MS);
    return () => {
      clearTimeout(timer);
      given.abort();
    };
  }, [words, api]);

  const go = (found: Hit | undefined) => {
    if (!found) return;
    asked.current = words;
    fly(found.centre, found.bbox);
    select(selectionOf(found));
    setResults(undefined);
    input.current?.blur();
  };
  const keys = (event: KeyboardEvent) => {
    const count = results?.length ?? 0;
    if (event.key === 'Escape') {
      event.stopPropagation();
      setWords('');
      if (!words) input.current?.blur();
    }
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
              {found.detail && (language === 'zh' || found.kind === 'coordinate') ? ` · ${found.detail}` : ''}
            </small>
          </div>
        ))}
      </div>
    </search>
  );
}
