/** The past on the wall: a day's tracks with its time bar. While it plays, nothing on the map is live. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { beginningOf, dayOf, serviceNow } from '../api/clock';
import { Replay, SPEEDS } from '../map/replay';
import type { Here } from './context';
import { light } from './light';
import { count, hour } from './saying';
import type { Screen } from './screen';

const BINS = 96;
const HOUR_MS = 3_600_000;

type Props = {
  here: Here;
  screen: Screen;
  theme: 'day' | 'night';
  date: string;
  setDate: (day: string) => void;
  close: () => void;
};

export function ReplayBar({ here, screen, theme, date, setDate, close }: Props) {
  const { say, language, area } = here;
  const [moment, setMoment] = useState(0);
  const [plays, setPlays] = useState(false);
  const [speed, setSpeed] = useState(60);
  const [said, setSaid] = useState('');
  const [activity, setActivity] = useState<number[]>([]);
  const replay = useRef<Replay>(undefined);
  const night = useRef(theme);
  night.current = theme;

  useEffect(() => {
    const made = new Replay(screen.twin.map, {
      theme: () => night.current,
      moment: setMoment,
      playing: setPlays,
    });
    replay.current = made;
    return () => {
      made.remove();
      replay.current = undefined;
      light(screen.twin.map, serviceNow());
    };
  }, [screen]);

  useEffect(() => {
    const made = replay.current;
    if (!made) return;
    const given = new AbortController();
    const from = beginningOf(date);
    if (!Number.isFinite(from)) return;
    const asked = {
      from,
      to: Math.min(beginningOf(dayOf(from + 36 * HOUR_MS)), serviceNow()),
      reason: say('wlReplayReason'),
      ...(area ? { area: area.code } : {}),
    };
    setSaid(say('wlLoading'));
    made.load(asked, language, given.signal).then(
      (tracks) => {
        setActivity(tracks.points ? tracks.activity(BINS) : []);
        setSaid(
          tracks.points
            ? say('wlReplayOf', { n: count(tracks.walkers.length, language) })
            : say('wlReplayNone'),
        );
        made.speed = speed;
        if (tracks.points) made.play();
      },
      (error: Error) => !given.signal.aborted && setSaid(error.message),
    );
    return () => given.abort();
  }, [date, area?.code, language]);

  const sunny = Math.floor(moment / 600_000);
  useEffect(() => {
    if (moment) light(screen.twin.map, moment);
  }, [sunny, screen]);

  const tracks = replay.current?.tracks;
  const most = Math.max(1, ...activity);
  const shown = moment ? hour(moment, language, true) : '--:--:--';
  return (
    <section class="wl-replay" aria-label={say('wlReplay')}>
      <strong>{say('wlReplay')}</strong>
      <input
        type="date"
        aria-label={say('wlDay')}
        value={date}
        max={dayOf(serviceNow())}
        onChange={(event) => setDate(event.currentTarget.value)}
      />
      <button
        type="button"
        class="wl-do"
        disabled={!tracks?.points}
        onClick={() => (plays ? replay.current?.pause() : replay.current?.play())}
      >
        {say(plays ? 'wlPause' : 'wlPlay')}
      </button>
      <select
        aria-label={say('wlSpeed')}
        value={speed}
        onChange={(event) => {
          const times = Number(event.currentTarget.value);
          setSpeed(times);
          if (replay.current) replay.current.speed = times;
        }}
      >
        {SPEEDS.map((times) => (
          <option key={times} value={times}>
            ×{times}
          </option>
        ))}
      </select>
      <output>{shown}</output>
      <div class="wl-time">
        <svg viewBox={`0 0 ${BINS} 20`} preserveAspectRatio="none" aria-hidden="true">
          {activity.map((n, bin) => (
            <rect key={bin} x={bin} y={20 - (n / most) * 20} width="0.8" height={(n / most) * 20} />
          ))}
        </svg>
        <input
          type="range"
          aria-label={say('wlMoment')}
          aria-valuetext={shown}
          min={tracks?.from ?? 0}
          max={tracks?.to ?? 1}
          value={moment}
          disabled={!tracks?.points}
          onInput={(event) => replay.current?.seek(Number(event.currentTarget.value))}
        />
      </div>
      <p role="status">{said}</p>
      <button type="button" class="wl-do" onClick={close}>
        {say('wlToLive')}
      </button>
    </section>
  );
}
