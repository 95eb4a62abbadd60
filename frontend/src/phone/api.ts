/** What a phone asks of the service: by its code before it is enrolled, by its token afterwards. */
import { Problem } from '../api/client';
import { issueRoutes, type Picture, sendPhoto } from '../issues/api';

export type Holder = { worker: string; worker_name: string; grid: string | null; expires_at: string };
export type App = 'gridtwin' | 'traccar' | 'owntracks' | 'overland';
export type Enrolled = {
  app: App;
  worker: string;
  token: string;
  settings: Record<string, unknown> & { link: string };
};
export type Duty = { worker: string; on_duty: boolean; switched_until: string | null };
/** What the phone's positions come in, null when nothing explains the offset (m); the position in EPSG:4326. */
export type Placed = {
  crs: 'EPSG:4326' | 'GCJ-02' | 'BD-09' | null;
  offset: number;
  lon: number;
  lat: number;
};
export type Guess = { candidates: { class: string; confidence: number }[]; words: string[] };
export type Fix = {
  id: string;
  lon: number;
  lat: number;
  at: number;
  accuracy: number;
  speed?: number;
  heading?: number;
  altitude?: number;
};

export function bearer(token: string): Record<string, string> {
  return token ? { Authorization: `Bearer ${token}` } : {};
}

async function ask<T>(path: string, language: string, token: string, body?: unknown): Promise<T> {
  const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
  return answerOf(path, language, token, init);
}

async function answerOf<T>(path: string, language: string, token: string, init: RequestInit): Promise<T> {
  const answer = await fetch(path, {
    credentials: 'omit',
    ...init,
    headers: { 'Accept-Language': language, 'Content-Type': 'application/json', ...bearer(token) },
  });
  if (answer.ok) return (await answer.json()) as T;
  const problem = (await answer.json().catch(() => ({}))) as { detail?: string };
  throw new Problem(answer.status, problem.detail ?? answer.statusText);
}

export function phoneService(language: string, token: string) {
  return {
    look: (code: string) => ask<Holder>('/api/enrolments/look', language, '', { code }),
    spend: (code: string, app: App) => ask<Enrolled>('/api/enrolments/spend', language, '', { code, app }),
    place: (
      { lon, lat, accuracy = 0 }: { lon: number; lat: number; accuracy?: number },
      shown: { lon: number; lat: number },
    ) =>
      ask<Placed>('/api/enrolments/place', language, token, {
        lon,
        lat,
        accuracy,
        shown_lon: shown.lon,
        shown_lat: shown.lat,
      }),
    duty: () => ask<Duty>('/api/duty', language, token),
    switchDuty: (on: boolean) => ask<Duty>('/api/duty', language, token, { on }),
    issues: issueRoutes((path, init = {}) => answerOf(path, language, token, init)),
    guess: (text: string, signal: AbortSignal) =>
      answerOf<Guess>(`/api/issues/guess?text=${encodeURIComponent(text)}`, language, token, { signal }),
    photo: (issue: number, stage: Picture['stage'], photo: Blob) =>
      sendPhoto(issue, stage, photo, { 'Accept-Language': language, ...bearer(token) }, 'omit'),
    /** A photo's bytes: an <img> can't show the token. */
    picture: async (path: string, signal: AbortSignal): Promise<Blob> => {
      const answer = await fetch(path, { credentials: 'omit', headers: bearer(token), signal });
      if (!answer.ok) throw new Problem(answer.status, answer.statusText);
      return answer.blob();
    },
    send: (fixes: Fix[]) => ask<{ accepted: number }>('/api/fixes', language, token, { fixes }),
  };
}

export type PhoneService = ReturnType<typeof phoneService>;
