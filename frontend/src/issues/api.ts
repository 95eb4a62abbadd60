/** Issues as the service tells them; shapes follow the service's OpenAPI document. */
import { ask, Problem } from '../api/client';
import type { State } from '../map/issue_signs';

export type Candidate = { class: string; confidence: number };
export type Issue = {
  id: number;
  text: string;
  source: string;
  class: string;
  name_zh: string;
  name_en: string;
  confidence: number;
  /** Whether the class was found with little confidence, and nobody has chosen one. */
  unsure: boolean;
  candidates: Candidate[];
  words: string[];
  state: State;
  urgent: boolean;
  version: number;
  lon: number;
  lat: number;
  at: string;
  changed_at: string;
  closed_at: string | null;
  area: string | null;
  grid: string | null;
  place: string | null;
  worker: string | null;
  worker_name: string | null;
  handler: string | null;
  unit: string;
  result: string | null;
  rating: string | null;
  returns: number;
  merged_into: number | null;
  split_from: number | null;
  level: 'village' | 'town' | 'district';
  supervised: boolean;
  suspended: boolean;
  /** What was asked for and isn't decided yet. */
  extension: { until: string; note: string; by: string } | null;
  /** Whether whoever asks reported it. */
  mine: boolean;
  deadlines: Record<string, string>;
  due_at: string | null;
  photos: string[];
};
export type Picture = {
  photo: string;
  stage: 'report' | 'result';
  at: string;
  width: number;
  height: number;
};
export type IssueEvent = {
  action: string;
  from_state: string | null;
  to_state: string;
  actor: string;
  at: string;
  note: string;
  details: Record<string, string | number | null>;
  /** Whom it went to (a worker or a unit), and from, by name. */
  to_name: string | null;
  from_name: string | null;
};
/** What was reported within 50 m before. */
export type Earlier = { id: number; state: State; class: string; at: string; rating: string | null };
/** A handling unit: the account that a step names, and what it is called. */
export type Unit = { handler: string; name: string; likely: boolean };
export type Action = { action: string; zh: string; en: string; needs: string[] };
export type Alike = {
  id: number;
  state: State;
  class: string;
  text: string;
  at: string;
  photo: string | null;
  metres: number;
};
/** Who called the hotline: masked in an issue, in full where each reading is recorded. */
export type Caller = { name: string | null; phone: string | null };
/** Who is on duty: metres and minutes on foot `along` streets, or straight where none leads there. */
export type Walker = {
  worker: string;
  name: string;
  status: string;
  /** Null of somebody off duty or unheard of. */
  metres: number | null;
  minutes: number | null;
  along: 'streets' | 'straight' | 'unknown';
  load: number;
  overdue: number;
  /** Whether it is their grid. */
  own: boolean;
};
export type WholeIssue = Issue & {
  order_number: string | null;
  caller: Caller | null;
  pictures: Picture[];
  events: IssueEvent[];
  actions: Action[];
  alike: Alike[];
  history: Earlier[];
};
export type IssueClass = { code: string; group: string; name_zh: string; name_en: string; urgent: boolean };
export type Listed = { issues: Issue[]; next: number | null };
export type NewReport = {
  id: string;
  text: string;
  lon: number;
  lat: number;
  at?: string;
  source?: string;
  class?: string;
  result?: string;
  order_number?: string;
  caller?: Partial<Caller>;
};
export type Step = { action: string; version?: number } & Record<string, unknown>;

/** Below this a person chooses from the three likeliest classes. */
export const SURE = 0.6;

/** The routes of issues, asked by a function that knows who asks. */
export function issueRoutes(get: <T>(path: string, init?: RequestInit) => Promise<T>) {
  return {
    list: async (query: URLSearchParams, signal?: AbortSignal): Promise<Listed> => {
      type Answer = { features: { properties: Issue }[]; next: number | null };
      const { features, next } = await get<Answer>(`/api/issues?${query}`, signal ? { signal } : {});
      return { issues: features.map(({ properties }) => properties), next };
    },
    one: (id: number | string, signal?: AbortSignal) =>
      get<WholeIssue>(`/api/issues/${id}`, signal ? { signal } : {}),
    classes: async () => (await get<{ classes: IssueClass[] }>('/api/issues/classes')).classes,
    report: (report: NewReport) =>
      get<WholeIssue>('/api/issues', { method: 'POST', body: JSON.stringify(report) }),
    caller: (id: number, reason: string) =>
      get<Caller>(`/api/issues/${id}/caller?reason=${encodeURIComponent(reason)}`),
    workers: async (id: number, signal?: AbortSignal, limit = 10) =>
      (await get<{ workers: Walker[] }>(`/api/issues/${id}/workers?limit=${limit}`, signal ? { signal } : {}))
        .workers,
    units: async (id: number, signal?: AbortSignal) =>
      (await get<{ units: Unit[] }>(`/api/issues/${id}/units`, signal ? { signal } : {})).units,
    act: (id: number, step: Step) =>
      get<WholeIssue>(`/api/issues/${id}/actions`, { method: 'POST', body: JSON.stringify(step) }),
  };
}

export type IssueService = ReturnType<typeof issueRoutes>;

/** Asked by whoever is signed in. */
export function issueService(language: string): IssueService {
  return issueRoutes((path, init) => ask(path, language, init));
}

/** Adds a photo; raises Problem. */
export async function sendPhoto(
  id: number,
  stage: Picture['stage'],
  photo: Blob,
  headers: Record<string, string>,
  credentials: RequestCredentials = 'same-origin',
): Promise<void> {
  const body = new FormData();
  body.append('photo', photo, 'photo.jpg');
  const answer = await fetch(`/api/issues/${id}/photos?stage=${stage}`, {
    method: 'POST',
    body,
    headers,
    credentials,
  });
  if (answer.ok) return;
  const problem = (await answer.json().catch(() => ({}))) as { detail?: string };
  throw new Problem(answer.status, problem.detail ?? answer.statusText);
}
