/** What administrators ask of the service; shapes follow the service's OpenAPI document. */
import { ask, type Step } from '../api/client';
import { ruleRoutes } from './rules_api';

export type Post = {
  role: 'station_head' | 'assistant' | 'grid_worker' | 'building_head' | 'unit_head';
  grid: string;
  building: string | null;
  unit: string | null;
  from: string;
  until: string | null;
  in_force: boolean;
  deputy: string | null;
  deputy_in_force: boolean;
};
export type Person = {
  id: string;
  name: string;
  phone: string;
  account: string | null;
  grid: string | null;
  grid_name: string | null;
  devices: number;
  posts: Post[];
};
export type App = 'gridtwin' | 'traccar' | 'owntracks' | 'overland';
export type Crs = 'EPSG:4326' | 'GCJ-02' | 'BD-09';
export type Phone = {
  id: number;
  worker: string;
  worker_name: string;
  grid: string | null;
  app: App;
  name: string;
  crs: Crs;
  created_at: string;
  created_by: string;
  last_seen_at: string | null;
  revoked_at: string | null;
};
export type Enrolled = {
  id: number;
  worker: string;
  app: App;
  token: string;
  secure: boolean;
  qr: string;
  settings: Record<string, unknown> & { link: string };
};
export type Code = { worker: string; link: string; qr: string; secure: boolean; expires_at: string };
export type Account = {
  id: number;
  username: string;
  display_name: string;
  role: string;
  everywhere: boolean;
  areas: Step[];
  disabled: boolean;
  openid: boolean;
  last_seen_at: string | null;
  new_password?: string | null;
};
export type Role = { code: string; name_zh: string; name_en: string; grantable: boolean };
/** A screen that shows a wall, as it last said it is. */
export type Screen = {
  id: number;
  name: string;
  areas: { code: string; name: string }[];
  beat_at: string;
  version: string;
  frame_rate: number | null;
  delay_ms: number | null;
  live: boolean;
  webgl: boolean;
  memory_mb: number | null;
  width: number;
  height: number;
  browser: string;
  place: string;
  pictured_at: string | null;
};
export type Wall = {
  id: number;
  name: string;
  areas: Step[];
  signed_in: boolean;
  created_at: string;
  last_seen_at: string | null;
  link_expires_at: string | null;
  link?: string;
};
/** The key of another system; its token is told once, when it is made. */
export type SystemKey = {
  id: number;
  name: string;
  begins_with: string;
  areas: Step[];
  valid: boolean;
  created_at: string;
  created_by: string;
  expires_at: string;
  last_used_at: string | null;
  address: string | null;
  token?: string;
};
export type Act = {
  seq: number;
  at: string;
  actor: string;
  role: string | null;
  action: string;
  thing: string;
  thing_id: string;
  outcome: 'done' | 'refused';
  address: string;
  detail: Record<string, unknown>;
};

export function administration(language: string) {
  const get = <T>(path: string) => ask<T>(path, language);
  const send = <T>(method: string, path: string, body: unknown = {}) =>
    ask<T>(path, language, { method, body: JSON.stringify(body) });
  return {
    people: (words: string, after: string) =>
      get<{ people: Person[]; next: string | null }>(
        `/api/people?limit=100&q=${encodeURIComponent(words)}&after=${encodeURIComponent(after)}`,
      ),
    code: (worker: string) => send<Code>('POST', '/api/enrolments', { worker }),
    phones: (words: string, before?: number) =>
      get<{ devices: Phone[]; next: number | null }>(
        `/api/devices?limit=100&q=${encodeURIComponent(words)}${before ? `&before=${before}` : ''}`,
      ),
    addPhone: (worker: string, app: App) => send<Enrolled>('POST', '/api/devices', { worker, app }),
    changePhone: (id: number, change: { crs?: Crs; name?: string }) =>
      send<Phone>('PATCH', `/api/devices/${id}`, change),
    revokePhone: (id: number) => send<void>('DELETE', `/api/devices/${id}`),
    roles: () => get<{ roles: Role[] }>('/api/roles'),
    areas: () => get<{ areas: Step[] }>('/api/areas'),
    accounts: (words: string, after: string) =>
      get<{ accounts: Account[]; next: string | null }>(
        `/api/accounts?limit=100&q=${encodeURIComponent(words)}&after=${encodeURIComponent(after)}`,
      ),
    addAccount: (account: { username: string; display_name: string; role: string; areas: string[] }) =>
      send<Account>('POST', '/api/accounts', account),
    changeAccount: (id: number, change: { disabled?: boolean; reset_password?: boolean }) =>
      send<Account>('PATCH', `/api/accounts/${id}`, change),
    walls: () => get<{ walls: Wall[] }>('/api/walls'),
    screens: () => get<{ screens: Screen[]; now: string; pages: string }>('/api/walls/screens'),
    addWall: (name: string, areas: string[]) => send<Wall>('POST', '/api/walls', { name, areas }),
    renewWall: (id: number) => send<Wall>('POST', `/api/walls/${id}/link`),
    removeWall: (id: number) => send<void>('DELETE', `/api/walls/${id}`),
    keys: () => get<{ keys: SystemKey[] }>('/api/keys'),
    addKey: (name: string, areas: string[], days: number) =>
      send<SystemKey>('POST', '/api/keys', { name, areas, days }),
    revokeKey: (id: number) => send<void>('DELETE', `/api/keys/${id}`),
    ...ruleRoutes(get, send),
    audit: (filter: URLSearchParams) => get<{ rows: Act[]; next: number | null }>(`/api/audit?${filter}`),
  };
}

export type Administration = ReturnType<typeof administration>;
