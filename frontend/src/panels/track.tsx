/** A worker's day in their card: asked for with a reason, drawn on the map, saved as a file. */
import { useEffect, useState } from 'preact/hooks';
import { ask } from '../api/client';
import { today } from '../api/clock';
import type { Key, Language } from '../i18n/catalogue';
import type { Track } from '../map/track_line';

type Props = {
  worker: string;
  t: (key: Key) => string;
  language: Language;
  draw: (track: Track | undefined) => void;
};

export function WorkerTrack({ worker, t, language, draw }: Props) {
  const [day, setDay] = useState(today);
  const [reason, setReason] = useState('');
  const [track, setTrack] = useState<Track>();
  const [said, setSaid] = useState('');
  useEffect(() => () => draw(undefined), [worker]);

  const query = new URLSearchParams({ from: day, to: day, reason });
  const path = `/api/workers/${encodeURIComponent(worker)}/track?${query}`;
  const show = (event: Event) => {
    event.preventDefault();
    setSaid(t('replayLoading'));
    ask<Track>(`${path}&raw=false`, language).then(
      (found) => {
        setTrack(found);
        draw(found);
        setSaid(found.features.length ? '' : t('replayNone'));
      },
      (error: Error) => setSaid(error.message),
    );
  };
  const hide = () => {
    setTrack(undefined);
    draw(undefined);
  };
  return (
    <form class="track" onSubmit={show}>
      <h3>{t('track')}</h3>
      <label>
        {t('replayDay')}
        <input type="date" value={day} max={today()} onInput={(event) => setDay(event.currentTarget.value)} />
      </label>
      <label class="wide">
        {t('replayReason')}
        <input value={reason} maxLength={500} onInput={(event) => setReason(event.currentTarget.value)} />
      </label>
      <button type="submit" class="act">
        {t('trackShow')}
      </button>
      {track && (
        <button type="button" class="link" onClick={hide}>
          {t('trackHide')}
        </button>
      )}
      {said && <p role="status">{said}</p>}
      {track && track.features.length > 0 && (
        <p role="status">
          {t('trackMileage')} <b>{(track.mileage_m / 1000).toFixed(1)} km</b> · {t('trackStops')}{' '}
          <b>{track.stops.length}</b> · <a href={`${path}&format=gpx`}>GPX</a> ·{' '}
          <a href={`${path}&download=true`}>GeoJSON</a>
        </p>
      )}
    </form>
  );
}
