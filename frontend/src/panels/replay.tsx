/** Replay on the map page: a day of everybody within the scope, with a time bar that shows when they were out. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { beginningOf, serviceNow, timeZone, today } from '../api/clock';
import type { Key, Language } from '../i18n/catalogue';
import type { TwinMap } from '../map/map';
import { Replay, SPEEDS } from '../map/replay';
import '../styles/past.css';

const BINS = 96;
const DAY_MS = 86_400_000;
type Props = {
  t: (key: Key) => string;
  language: Language;
  theme: 'day' | 'night';
  map: { current: TwinMap | null };
};

export function ReplayPanel({ t, language, theme, map }: Props) {
  const [open, setOpen] = useState(false);
  return open ? (
    <Bar t={t} language={language} theme={theme} map={map} close={() => setOpen(false)} />
  ) : (
    <button type="button" class="panel replay-open" onClick={() => setOpen(true)}>
      <svg viewBox="0 0 24 24" width="18" height="18" aria-hidden="true">
        <path d="M4 12a8 8 0 1 0 3-6.2 M7 2v4h4 M12 8v4l3 2" />
      </svg>
      {t('replay')}
    </button>
  );
}

function Bar({ t, language, theme, map, close }: Props & { close: () => void }) {
  const [day, setDay] = useState(today);
  const [reason, setReason] = useState('');
  const [moment, setMoment] = useState(0);
  const [plays, setPlays] = useState(false);
  const [speed, setSpeed] = useState(60);
  const [said, setSaid] = useState('');
  const [activity, setActivity] = useState<number[]>();
  const replay = useRef<Replay>(undefined);
  const look = useRef(theme);
  look.current = theme;

  useEffect(() => {
    const twin = map.current;
    if (!twin) return;
    const made = new Replay(twin.map, { theme: () => look.current, moment: setMoment, playing: setPlays });
    replay.current = made;
    return () => {
      made.remove();
      replay.current = undefined;
      twin.quiet(false);
    };
  }, []);

  const load = (event: Event) => {
    event.preventDefault();
    const made = replay.current;
    if (!made) return;
    const from = beginningOf(day);
    setSaid(t('replayLoading'));
    made.load({ from, to: Math.min(from + DAY_MS, serviceNow()), reason }, language).then(
      (tracks) => {
        map.current?.quiet(true);
        const bins = tracks.activity(BINS);
        setActivity(tracks.points ? bins : undefined);
        setSaid(tracks.points ? `${tracks.walkers.length} ${t('replayWorkers')}` : t('replayNone'));
        if (!tracks.points) return;
        made.speed = speed;
        const first = bins.findIndex((count) => count > 0);
        made.seek(tracks.from + ((tracks.to - tracks.from) * first) / BINS);
        made.play();
      },
      (error: Error) => setSaid(error.message),
    );
  };
  const faster = (times: number) => {
    setSpeed(times);
    if (replay.current) replay.current.speed = times;
  };
  const tracks = replay.current?.tracks;
  const most = Math.max(1, ...(activity ?? []));
  const locale = language === 'zh' ? 'zh-CN' : 'en-GB';
  return (
    <section class="panel replay" aria-label={t('replay')}>
      <button type="button" class="close" aria-label={t('close')} title={t('close')} onClick={close}>
        ×
      </button>
      <form onSubmit={load}>
        <h2>{t('replay')}</h2>
        <label>
          <span>{t('replayDay')}</span>
          <input
            type="date"
            value={day}
            max={today()}
            onInput={(event) => setDay(event.currentTarget.value)}
          />
        </label>
        <label class="reason">
          <span>{t('replayReason')}</span>
          <input value={reason} maxLength={500} onInput={(event) => setReason(event.currentTarget.value)} />
        </label>
        <button type="submit" class="act">
          {t('replayLoad')}
        </button>
        <p role="status">{said}</p>
      </form>
      {activity && tracks && (
        <div class="time">
          <button
            type="button"
            class="act play"
            aria-label={t(plays ? 'replayPause' : 'replayPlay')}
            onClick={() => (plays ? replay.current?.pause() : replay.current?.play())}
          >
            <svg viewBox="0 0 24 24" width="18" height="18" aria-hidden="true">
              <path d={plays ? 'M7 5h3v14H7z M14 5h3v14h-3z' : 'M8 5l11 7-11 7z'} />
            </svg>
          </button>
          <output>
            {new Date(moment || tracks.from).toLocaleTimeString(locale, { hour12: false, ...timeZone() })}
          </output>
          <div class="bar">
            <svg viewBox={`0 0 ${BINS} 20`} preserveAspectRatio="none" aria-hidden="true">
              {activity.map((count, bin) => {
                const high = count ? 2 + (18 * count) / most : 0;
                return <rect key={bin} x={bin + 0.1} y={20 - high} width={0.8} height={high} />;
              })}
            </svg>
            <input
              type="range"
              aria-label={t('replayTime')}
              min={tracks.from}
              max={tracks.to}
              step={1000}
              value={moment}
              onInput={(event) => replay.current?.seek(Number(event.currentTarget.value))}
            />
          </div>
          <fieldset aria-label={t('replaySpeed')}>
            {SPEEDS.map((times) => (
              <button
                type="button"
                key={times}
                class={times === speed ? 'on' : ''}
                aria-pressed={times === speed}
                onClick={() => faster(times)}
              >
                {times}×
              </button>
            ))}
          </fieldset>
        </div>
      )}
    </section>
  );
}
