/** A new report at the desk: a call's words, the place by address search or on the map, the class as it seems. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { ask, Problem } from '../api/client';
import { type Key, type Language, sayValue } from '../i18n/catalogue';
import { type IssueClass, type IssueService, type NewReport, SURE, type WholeIssue } from '../issues/api';

type Found = { id: number; text: string; point: [number, number]; grid: { name: string | null } | null };
export type Picking = (place: (at: [number, number]) => void) => () => void;

type Props = {
  service: IssueService;
  classes: IssueClass[];
  t: (key: Key) => string;
  language: Language;
  /** Whether who asks may say who called. */
  callers: boolean;
  /** Takes the next click on the map; returns what gives it up. */
  pick: Picking;
  /** Shows where the point is. */
  point: (at: [number, number] | undefined) => void;
  made: (issue: WholeIssue) => void;
  /** Opens the issue that bears the work order's number already. */
  open: (id: number) => void;
  close: () => void;
};

const SOURCES = ['12345', '居民', '网格员', '视频', '传感器', '上级'];
const PAUSE_MS = 250;

function newId(): string {
  return `desk-${[...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}

export function NewReportForm({
  service,
  classes,
  t,
  language,
  callers,
  pick,
  point,
  made,
  open,
  close,
}: Props) {
  const id = useRef(newId());
  const [text, setText] = useState('');
  const [source, setSource] = useState('12345');
  const [order, setOrder] = useState('');
  const [caller, setCaller] = useState({ name: '', phone: '' });
  const [words, setWords] = useState('');
  const [found, setFound] = useState<Found[]>();
  const [place, setPlace] = useState<{ at: [number, number]; says: string }>();
  const [code, setCode] = useState('');
  const [guessed, setGuessed] = useState<{ class: string; confidence: number }[]>([]);
  const [picking, setPicking] = useState(false);
  const [problem, setProblem] = useState('');
  const [known, setKnown] = useState<number>();
  const [busy, setBusy] = useState(false);
  const first = useRef<HTMLTextAreaElement>(null);
  useEffect(() => first.current?.focus(), []);
  useEffect(() => {
    point(place?.at);
  }, [place]);
  useEffect(() => () => point(undefined), []);

  useEffect(() => {
    setFound(undefined);
    if (words.trim().length < 2 || words === place?.says) return;
    const given = new AbortController();
    const timer = setTimeout(() => {
      ask<{ addresses: Found[] }>(
        `/api/addresses/search?limit=8&q=${encodeURIComponent(words.trim())}`,
        language,
        { signal: given.signal },
      ).then(
        (answer) => setFound(answer.addresses),
        () => undefined,
      );
    }, PAUSE_MS);
    return () => {
      clearTimeout(timer);
      given.abort();
    };
  }, [words, language]);
  useEffect(() => {
    setGuessed([]);
    if (text.trim().length < 2) return;
    const given = new AbortController();
    const timer = setTimeout(() => {
      ask<{ candidates: { class: string; confidence: number }[] }>(
        `/api/issues/guess?text=${encodeURIComponent(text.trim())}`,
        language,
        { signal: given.signal },
      ).then(
        ({ candidates }) => setGuessed(candidates),
        () => undefined,
      );
    }, PAUSE_MS);
    return () => {
      clearTimeout(timer);
      given.abort();
    };
  }, [text, language]);
  useEffect(() => {
    if (!picking) return;
    return pick((at) => {
      setPlace({ at, says: '' });
      setPicking(false);
    });
  }, [picking]);

  const name = (one: string) => {
    const known = classes.find((each) => each.code === one);
    return known ? (language === 'zh' ? known.name_zh : known.name_en) : one;
  };
  const submit = async (event: Event) => {
    event.preventDefault();
    if (!place) return setProblem(t('dkNeedPlace'));
    setBusy(true);
    setProblem('');
    setKnown(undefined);
    const called = source === '12345';
    const [callerName, phone] = [caller.name.trim(), caller.phone.trim()];
    const report: NewReport = {
      id: id.current,
      text: text.trim(),
      lon: place.at[0],
      lat: place.at[1],
      source,
      ...(code ? { class: code } : {}),
      ...(called && order.trim() ? { order_number: order.trim() } : {}),
      ...(called && callers && (callerName || phone)
        ? { caller: { ...(callerName ? { name: callerName } : {}), ...(phone ? { phone } : {}) } }
        : {}),
    };
    try {
      made(await service.report(report));
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
      if (error instanceof Problem && typeof error.members.issue === 'number') setKnown(error.members.issue);
      setBusy(false);
    }
  };
  const sure = (guessed[0]?.confidence ?? 0) >= SURE;
  return (
    <aside class="panel detail" aria-label={t('dkNew')}>
      <button type="button" class="close" aria-label={t('close')} title={t('close')} onClick={close}>
        ×
      </button>
      <h2>{t('dkNew')}</h2>
      <form class="new-report" onSubmit={submit}>
        <fieldset class="sources">
          <legend>{t('issueSource')}</legend>
          {SOURCES.map((one) => (
            <button
              type="button"
              class="chip"
              key={one}
              aria-pressed={source === one}
              onClick={() => setSource(one)}
            >
              {sayValue(one, language)}
            </button>
          ))}
        </fieldset>
        {source === '12345' && (
          <label>
            {t('dkOrder')}
            <input
              maxLength={60}
              autocomplete="off"
              value={order}
              onInput={(event) => setOrder(event.currentTarget.value)}
            />
          </label>
        )}
        {source === '12345' && callers && (
          <>
            <label>
              {t('dkCallerName')}
              <input
                maxLength={60}
                autocomplete="off"
                value={caller.name}
                onInput={(event) => setCaller({ ...caller, name: event.currentTarget.value })}
              />
            </label>
            <label>
              {t('dkCallerPhone')}
              <input
                type="tel"
                maxLength={30}
                autocomplete="off"
                value={caller.phone}
                onInput={(event) => setCaller({ ...caller, phone: event.currentTarget.value })}
              />
            </label>
            <p class="soft">{t('dkCallerKept')}</p>
          </>
        )}
        <label>
          {t('dkCallerWords')}
          <textarea
            ref={first}
            rows={4}
            maxLength={2000}
            required
            value={text}
            onInput={(event) => setText(event.currentTarget.value)}
          />
        </label>
        {guessed.length > 0 && (
          <fieldset class="sources">
            <legend>{t(code ? 'issueClass' : sure ? 'phSeems' : 'phWhichOne')}</legend>
            {guessed.map((one, index) => (
              <button
                type="button"
                class="chip"
                key={one.class}
                aria-pressed={code ? code === one.class : sure && index === 0}
                onClick={() => setCode(one.class)}
              >
                {name(one.class)} <small>{Math.round(one.confidence * 100)}%</small>
              </button>
            ))}
          </fieldset>
        )}
        <label class="addresses">
          {t('issuePlace')}
          <input
            type="search"
            value={words}
            autocomplete="off"
            placeholder={t('dkAddressHint')}
            onInput={(event) => setWords(event.currentTarget.value)}
          />
        </label>
        {found && (
          <ol class="found">
            {found.length === 0 && <li class="soft">{t('searchNone')}</li>}
            {found.map((one) => (
              <li key={one.id}>
                <button
                  type="button"
                  onClick={() => {
                    setPlace({ at: one.point, says: one.text });
                    setWords(one.text);
                    setFound(undefined);
                  }}
                >
                  <b>{one.text}</b>
                  <small>{one.grid?.name}</small>
                </button>
              </li>
            ))}
          </ol>
        )}
        <p class="row">
          <button type="button" class="chip" aria-pressed={picking} onClick={() => setPicking(!picking)}>
            {t(picking ? 'dkPicking' : 'dkPick')}
          </button>
          <span class="soft" role="status">
            {place ? `${place.at[0].toFixed(5)}, ${place.at[1].toFixed(5)}` : t('dkNoPlace')}
          </span>
        </p>

        <p role="alert" class="problem">
          {problem}
          {known && (
            <button type="button" class="link" onClick={() => open(known)}>
              {t('dkKnownOrder')} #{known}
            </button>
          )}
        </p>
        <button type="submit" class="main" disabled={busy}>
          {t('dkRegister')}
        </button>
      </form>
    </aside>
  );
}
