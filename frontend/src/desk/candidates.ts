/** Whom an issue may be sent to: the workers on duty, nearest first, with what they have to do already. */
import { ask } from '../api/client';
import type { Issue, IssueService } from '../issues/api';

export type Candidate = {
  id: string;
  name: string;
  metres: number;
  /** Open issues of this worker. */
  load: number;
  status: string;
  /** Whether it is the worker of the issue's grid. */
  own: boolean;
};

const EARTH_M = 6_371_009;

/** The straight distance between two places in degrees, in metres. */
export function metresBetween(a: [number, number], b: [number, number]): number {
  const radians = Math.PI / 180;
  const [dLat, dLon] = [(b[1] - a[1]) * radians, (b[0] - a[0]) * radians];
  const h =
    Math.sin(dLat / 2) ** 2 + Math.cos(a[1] * radians) * Math.cos(b[1] * radians) * Math.sin(dLon / 2) ** 2;
  return 2 * EARTH_M * Math.asin(Math.min(1, Math.sqrt(h)));
}

type Worker = {
  id: string;
  geometry: { coordinates: [number, number] } | null;
  properties: { name: string; status?: string; grid?: string | null };
};

/** Raises Problem. */
export async function candidates(
  issue: Issue,
  service: IssueService,
  language: string,
  signal: AbortSignal,
): Promise<Candidate[]> {
  const [{ features }, open] = await Promise.all([
    ask<{ features: Worker[] }>('/api/workers', language, { signal }),
    service.list(new URLSearchParams({ state: '待处理', limit: '1000' }), signal),
  ]);
  const load = new Map<string, number>();
  for (const { worker } of open.issues) if (worker) load.set(worker, (load.get(worker) ?? 0) + 1);
  return features
    .filter(({ geometry, properties }) => geometry && properties.status !== 'off_duty')
    .map(({ id, geometry, properties }) => ({
      id,
      name: properties.name,
      metres: metresBetween(geometry?.coordinates ?? [0, 0], [issue.lon, issue.lat]),
      load: load.get(id) ?? 0,
      status: properties.status ?? '',
      own: id === issue.worker,
    }))
    .sort((a, b) => a.metres - b.metres)
    .slice(0, 12);
}
