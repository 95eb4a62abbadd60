/** Imports as the service tells them; shapes follow its OpenAPI document. */
import { ask, Problem } from '../api/client';
import type { Language } from '../i18n/catalogue';

export type Severity = 'error' | 'warning' | 'info';
export type Finding = {
  check: string;
  severity: Severity;
  where: string;
  size: number | null;
  unit: string | null;
  message: string;
  remedy: string;
  point: [number, number] | null;
};
export type Candidate = {
  crs: string;
  title: string;
  swapped: boolean;
  reason: string;
  lon: number;
  lat: number;
  apart_m: number;
  on_areas: boolean | null;
};
export type Memory = {
  columns: Record<string, string>;
  constants: Record<string, string>;
  crs: string | null;
  encoding: string | null;
  swap: boolean;
  used_at: string | null;
};
export type Layer = {
  name: string;
  rows: number | null;
  geometry: Record<string, number>;
  columns: { name: string; type: string; samples: string[]; empty: number }[];
  crs: string | null;
  crs_title: string | null;
  crs_candidates: Candidate[];
  encoding: string | null;
  encoding_candidates: { encoding: string; samples: string[] }[];
  kinds: Record<string, Record<string, string>>;
  remembered?: Record<string, Memory>;
  remarks: Finding[];
};
export type Report = {
  import: number | null;
  refused: boolean;
  findings: Finding[];
  counts: Record<Severity, number>;
  added: number;
  changed: number;
  removed: number;
  unchanged: number;
};
export type Job = {
  id: string;
  file: string;
  size: number;
  task: 'inspect' | 'check' | 'import';
  state: 'waiting' | 'running' | 'done' | 'failed' | 'cancelled';
  stage: string;
  rows: number;
  total: number | null;
  inspection: { file: string; format: string | null; layers: Layer[]; error: string | null } | null;
  encoding: string | null;
  report: Report | null;
  problem: string | null;
};
export type Field = { name: string; title_zh: string; type: string; required: boolean };
export type Kind = { name: string; geometry: 'polygon' | 'line' | 'point'; fields: Field[] };
export type Run = {
  id: number;
  kind: string;
  file: string;
  by: string;
  at: string;
  added: number;
  changed: number;
  removed: number;
  unchanged: number;
  undone_at: string | null;
  undone_by: string | null;
  plan_from: string | null;
};
export type Outline = {
  imports: Run[];
  uploads: Job[];
  kinds: Kind[];
  allowable: string[];
  max_bytes: number;
};
export type Options = {
  kind: string;
  layer: string | null;
  crs: string | null;
  encoding: string | null;
  columns: Record<string, string>;
  constants: Record<string, string>;
  exact: true;
  fresh: true;
  grid_kind: string;
  within: string | null;
  replace: boolean;
  yes: boolean;
  repair: boolean;
  swap: boolean;
  allow: string[];
  in_force_from: string | null;
};
export type Shapes = { type: 'FeatureCollection'; bbox: number[] | null; features: unknown[] };
export type AreaName = { code: string; name: string; level: string; path: string };

/** Sends files, telling the share that is on its way; `signal` gives it up. */
function send(
  files: File[],
  language: Language,
  told: (share: number) => void,
  signal: AbortSignal,
): Promise<Job> {
  return new Promise((done, failed) => {
    const form = new FormData();
    for (const file of files) form.append('file', file, file.name);
    const request = new XMLHttpRequest();
    request.open('POST', '/api/imports');
    request.setRequestHeader('Accept-Language', language);
    request.responseType = 'json';
    request.upload.onprogress = (event) => event.lengthComputable && told(event.loaded / event.total);
    request.onload = () =>
      request.status === 201
        ? done(request.response as Job)
        : failed(new Problem(request.status, (request.response as { detail?: string } | null)?.detail ?? ''));
    request.onerror = () => failed(new Problem(0, ''));
    request.onabort = () => failed(new DOMException('', 'AbortError'));
    signal.addEventListener('abort', () => request.abort());
    request.send(form);
  });
}

export function imports(language: Language) {
  const get = <T>(path: string) => ask<T>(path, language);
  const post = <T>(path: string, body: unknown = {}) =>
    ask<T>(path, language, { method: 'POST', body: JSON.stringify(body) });
  return {
    outline: () => get<Outline>('/api/imports'),
    areas: () => get<{ areas: AreaName[] }>('/api/areas'),
    send: (files: File[], told: (share: number) => void, signal: AbortSignal) =>
      send(files, language, told, signal),
    job: (id: string) => get<Job>(`/api/imports/${id}`),
    discard: (id: string) => ask<void>(`/api/imports/${id}`, language, { method: 'DELETE' }),
    inspect: (id: string, encoding: string) => post<Job>(`/api/imports/${id}/inspect`, { encoding }),
    check: (id: string, options: Options) => post<Job>(`/api/imports/${id}/check`, options),
    run: (id: string, options: Options) => post<Job>(`/api/imports/${id}/run`, options),
    cancel: (id: string) => post<Job>(`/api/imports/${id}/cancel`),
    preview: (id: string, layer: string, crs: string, swap: boolean) =>
      get<Shapes>(`/api/imports/${id}/preview?${new URLSearchParams({ layer, crs, swap: String(swap) })}`),
    findings: (id: string) => get<Shapes>(`/api/imports/${id}/findings`),
    undo: (number: number, yes: boolean) => post<Report>(`/api/imports/${number}/undo`, { yes }),
  };
}

export type Imports = ReturnType<typeof imports>;
