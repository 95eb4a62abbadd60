/** Reporting (上报): photos, words, place, perhaps solved already; kept on the phone first, then sent. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Key, Language } from '../i18n/catalogue';
import { type Candidate, type IssueClass, SURE } from '../issues/api';
import type { Guess, PhoneService } from './api';
import { newKey, type Outbox } from './outbox';
import { TakePhotos } from './pictures';
import { onTheMap } from './placing';
import type { Place } from './spot';
import { SpotMap } from './spot-map';
import { standing } from './standing';

type Props = {
  api: PhoneService;
  token: string;
  theme: 'day' | 'night';
  t: (key: Key) => string;
  language: Language;
  outbox: Outbox;
  classes: IssueClass[];
  online: boolean;
  sent: () => void;
};

const PAUSE_MS = 450;
const HOME: Place = { lon: 118.09, lat: 36.855 };
const LAST = 'phone-last-place';

function lastPlace(): Place {
  try {
    const { lon, lat } = JSON.parse(localStorage.getItem(LAST) ?? '{}') as Partial<Place>;
    return lon === undefined || lat === undefined ? HOME : { lon, lat };
  } catch {
    return HOME;
  }
}

/** Where the phone is, until somebody says otherwise. */
function usePosition(): { place?: Place; failed: boolean; again: () => void } {
  const [place, setPlace] = useState<Place>();
  const [failed, setFailed] = useState(false);
  const [round, setRound] = useState(0);
  useEffect(() => {
    if (!navigator.geolocation || !isSecureContext) {
      setFailed(true);
      return;
    }
    const watch = navigator.geolocation.watchPosition(
      ({ coords }) => {
        const found = onTheMap({ lon: coords.longitude, lat: coords.latitude, accuracy: coords.accuracy });
        localStorage.setItem(LAST, JSON.stringify(found));
        setFailed(false);
        setPlace(found);
      },
      () => setFailed(true),
      { enableHighAccuracy: true, maximumAge: 5000 },
    );
    return () => navigator.geolocation.clearWatch(watch);
  }, [round]);
  return { place, failed, again: () => setRound((now) => now + 1) };
}

export function ReportPage({ api, token, theme, t, language, outbox, classes, online, sent }: Props) {
  const [text, setText] = useState('');
  const [photos, setPhotos] = useState<Blob[]>([]);
  const [solved, setSolved] = useState(false);
  const [result, setResult] = useState('');
  const [results, setResults] = useState<Blob[]>([]);
  const [moved, setMoved] = useState<Place | undefined>(standing);
  const [mapOpen, setMapOpen] = useState(false);
  const [code, setCode] = useState<string>();
  const [guess, setGuess] = useState<Guess>();
  const [problem, setProblem] = useState<Key>();
  const words = useRef<HTMLTextAreaElement>(null);
  const { place: found, failed, again } = usePosition();
  const place = moved ?? found;

  useEffect(() => {
    setGuess(undefined);
    if (!online || text.trim().length < 2) return;
    const given = new AbortController();
    const timer = setTimeout(
      () => api.guess(text.trim(), given.signal).then(setGuess, () => undefined),
      PAUSE_MS,
    );
    return () => {
      clearTimeout(timer);
      given.abort();
    };
  }, [text, online, api]);

  const submit = async (event: Event) => {
    event.preventDefault();
    if (!text.trim()) {
      setProblem('phSayWhat');
      words.current?.focus();
      return;
    }
    if (!place) {
      setProblem('phNeedPlace');
      setMapOpen(true);
      return;
    }
    if (solved && !result.trim()) {
      setProblem('phSayResult');
      return;
    }
    setProblem(undefined);
    try {
      await outbox.add({
        kind: 'report',
        report: {
          id: newKey(),
          text: text.trim(),
          lon: Number(place.lon.toFixed(7)),
          lat: Number(place.lat.toFixed(7)),
          at: new Date().toISOString(),
          ...(code ? { class: code } : {}),
          ...(solved ? { result: result.trim() } : {}),
        },
        photos,
        results: solved ? results : [],
        settled: Boolean(code),
      });
    } catch {
      setProblem('phNotKept');
      return;
    }
    setText('');
    setPhotos([]);
    setResults([]);
    setResult('');
    setSolved(false);
    setMoved(standing());
    setMapOpen(false);
    setCode(undefined);
    sent();
  };
  const best = guess?.candidates[0];
  return (
    <form class="report" onSubmit={submit}>
      <TakePhotos photos={photos} change={setPhotos} t={t} label="phTakePhoto" />
      <label class="field">
        <span>{t('phWhat')}</span>
        <textarea
          ref={words}
          rows={3}
          maxLength={2000}
          value={text}
          placeholder={t('phWhatHint')}
          onInput={(event) => {
            setText(event.currentTarget.value);
            setCode(undefined);
          }}
        />
      </label>
      {best && (
        <Guessed
          candidates={guess.candidates}
          chosen={code}
          choose={setCode}
          classes={classes}
          language={language}
          t={t}
        />
      )}
      <section class="where">
        <p role="status">
          <svg viewBox="0 0 24 24" width="22" height="22" aria-hidden="true">
            <path d="M12 21s7-6.5 7-11.5A7 7 0 0 0 5 9.5C5 14.5 12 21 12 21z" />
            <circle cx="12" cy="9.5" r="2.5" />
          </svg>
          {moved
            ? t('phMoved')
            : found
              ? `${t('phLocated')} ±${Math.round(found.accuracy ?? 0)} m`
              : t(failed ? 'phNoPosition' : 'waitingForPosition')}
        </p>
        <button type="button" class="plain" onClick={() => setMapOpen(!mapOpen)} aria-expanded={mapOpen}>
          {t(mapOpen ? 'phCloseMap' : 'phOpenMap')}
        </button>
      </section>
      {mapOpen && (
        <>
          <SpotMap token={token} theme={theme} place={place ?? lastPlace()} t={t} moved={setMoved} />
          <p class="hint">
            {t('phMoveMap')}
            {moved && (
              <button
                type="button"
                class="plain"
                onClick={() => {
                  setMoved(undefined);
                  again();
                }}
              >
                {t('phBackToMe')}
              </button>
            )}
            {!place && (
              <button type="button" class="plain" onClick={() => setMoved(lastPlace())}>
                {t('phHere')}
              </button>
            )}
          </p>
        </>
      )}
      <label class="switch">
        <input
          type="checkbox"
          checked={solved}
          onChange={(event) => setSolved(event.currentTarget.checked)}
        />
        <span>
          <b>{t('phSolved')}</b>
          <small>{t('phSolvedHow')}</small>
        </span>
      </label>
      {solved && (
        <>
          <label class="field">
            <span>{t('phResult')}</span>
            <textarea
              rows={2}
              maxLength={2000}
              value={result}
              onInput={(event) => setResult(event.currentTarget.value)}
            />
          </label>
          <TakePhotos photos={results} change={setResults} t={t} label="phTakeResult" />
        </>
      )}
      <p role="alert" class="problem">
        {problem && t(problem)}
      </p>
      <button type="submit" class="big">
        {t(online ? 'phSend' : 'phKeep')}
      </button>
    </form>
  );
}

type GuessedProps = {
  candidates: Candidate[];
  chosen: string | undefined;
  choose: (code: string) => void;
  classes: IssueClass[];
  language: Language;
  t: (key: Key) => string;
};

/** The class that it seems to be, or the three likeliest to choose from. */
export function Guessed({ candidates, chosen, choose, classes, language, t }: GuessedProps) {
  const name = (code: string) => {
    const known = classes.find((one) => one.code === code);
    return known ? (language === 'zh' ? known.name_zh : known.name_en) : code;
  };
  const best = candidates[0];
  if (!best) return null;
  const sure = best.confidence >= SURE;
  return (
    <fieldset class="guess">
      <legend>{t(chosen ? 'issueClass' : sure ? 'phSeems' : 'phWhichOne')}</legend>
      {(sure && !chosen ? candidates.slice(0, 1) : candidates).map(({ class: code, confidence }) => (
        <button
          type="button"
          key={code}
          aria-pressed={chosen ? chosen === code : sure}
          onClick={() => choose(code)}
        >
          {name(code)} <small>{Math.round(confidence * 100)}%</small>
        </button>
      ))}
    </fieldset>
  );
}
