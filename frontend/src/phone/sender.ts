/** Sends where the phone is while the page is open; what can't be sent waits, and is sent again with the same id. */
import { Problem } from '../api/client';
import type { Fix, PhoneService } from './api';
import { newKey } from './outbox';
import { standing } from './standing';

const EVERY_MS = 5000;
const STANDING_MS = 20_000;
const MOST_AT_ONCE = 200;
const MOST_WAITING = 20_000;
const UNSENT = 'unsent';

export type Sent = {
  sent: number;
  waiting: number;
  located: boolean;
  problem: 'none' | 'position' | 'revoked' | 'away';
};

function stored(): Fix[] {
  try {
    return JSON.parse(localStorage.getItem(UNSENT) ?? '[]') as Fix[];
  } catch {
    return [];
  }
}

/** Watches the position and sends; returns what stops it. */
export function send(api: PhoneService, told: (state: Sent) => void): () => void {
  const waiting = stored();
  const state: Sent = { sent: 0, waiting: waiting.length, located: false, problem: 'none' };
  let stopped = false;
  const tell = (part: Partial<Sent>) => {
    Object.assign(state, part, { waiting: waiting.length });
    localStorage.setItem(UNSENT, JSON.stringify(waiting.slice(-2000)));
    if (!stopped) told({ ...state });
  };
  const fixed = standing();
  const stand = () => {
    if (!fixed || waiting.length > 10) return;
    waiting.push({ id: newKey(), lon: fixed.lon, lat: fixed.lat, at: Date.now() / 1000, accuracy: 10 });
    tell({ located: true, problem: 'none' });
  };
  const watch = fixed
    ? undefined
    : navigator.geolocation?.watchPosition(
        ({ coords, timestamp }) => {
          if (waiting.length >= MOST_WAITING) waiting.shift();
          waiting.push({
            id: newKey(),
            lon: coords.longitude,
            lat: coords.latitude,
            at: timestamp / 1000,
            accuracy: coords.accuracy,
            ...(coords.speed === null ? {} : { speed: coords.speed }),
            ...(coords.heading === null || Number.isNaN(coords.heading) ? {} : { heading: coords.heading }),
            ...(coords.altitude === null ? {} : { altitude: coords.altitude }),
          });
          tell({ located: true, problem: 'none' });
        },
        () => tell({ problem: 'position' }),
        { enableHighAccuracy: true, maximumAge: 2000 },
      );
  if (watch === undefined && !fixed) tell({ problem: 'position' });
  stand();
  const standingStill = fixed && setInterval(stand, STANDING_MS);

  let busy = false;
  const flush = () => {
    if (busy || waiting.length === 0) return;
    const batch = waiting.slice(0, MOST_AT_ONCE);
    busy = true;
    api
      .send(batch)
      .then(
        () => {
          waiting.splice(0, batch.length);
          tell({ sent: state.sent + batch.length, problem: 'none' });
        },
        (error: unknown) =>
          tell({ problem: error instanceof Problem && error.status === 401 ? 'revoked' : 'away' }),
      )
      .finally(() => {
        busy = false;
      });
  };
  const timer = setInterval(flush, EVERY_MS);
  return () => {
    stopped = true;
    clearInterval(timer);
    clearInterval(standingStill);
    if (watch !== undefined) navigator.geolocation.clearWatch(watch);
  };
}
