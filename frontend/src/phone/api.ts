/** What a phone asks of the service: by its code before it is enrolled, by its token afterwards. */
import { Problem } from '../api/client';

export type Holder = { worker: string; worker_name: string; grid: string | null; expires_at: string };
export type App = 'gridtwin' | 'traccar' | 'owntracks' | 'overland';
export type Enrolled = {
  app: App;
  worker: string;
  token: string;
  settings: Record<string, unknown> & { link: string };
};
export type Duty = { worker: string; on_duty: boolean; switched_until: string | null };
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

async function ask<T>(path: string, language: string, token: string, body?: unknown): Promise<T> {
  const answer = await fetch(path, {
    method: body === undefined ? 'GET' : 'POST',
    credentials: 'omit',
    headers: {
      'Accept-Language': language,
      'Content-Type': 'application/json',
      ...(token ? { Authorization: `Bearer ${token}` } : {}),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (answer.ok) return (await answer.json()) as T;
  const problem = (await answer.json().catch(() => ({}))) as { detail?: string };
  throw new Problem(answer.status, problem.detail ?? answer.statusText);
}

export function phoneService(language: string, token: string) {
  return {
    look: (code: string) => ask<Holder>('/api/enrolments/look', language, '', { code }),
    spend: (code: string, app: App) => ask<Enrolled>('/api/enrolments/spend', language, '', { code, app }),
    duty: () => ask<Duty>('/api/duty', language, token),
    switchDuty: (on: boolean) => ask<Duty>('/api/duty', language, token, { on }),
    send: (fixes: Fix[]) => ask<{ accepted: number }>('/api/fixes', language, token, { fixes }),
  };
}

export type PhoneService = ReturnType<typeof phoneService>;
