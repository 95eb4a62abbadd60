/** Issues as points: as tiles and lists tell them, which fit a filter, and as the map takes them. */
import type { MapGeoJSONFeature } from 'maplibre-gl';
import { isState, type State } from './issue_signs';

/** What is shown; what isn't given is not asked for. Classes are codes, or the two digits of a group. */
export type IssueFilter = {
  states?: readonly string[];
  classes?: readonly string[];
  areas?: ReadonlySet<string>;
  overdue?: boolean;
};

export type Point = {
  id: number;
  lon: number;
  lat: number;
  state: State;
  class: string;
  urgent: boolean;
  due: number | null;
  area: string | null;
  count: number;
};

/** What a list says of an issue, as far as its marker needs it. */
export type Listed = {
  id: number;
  lon: number;
  lat: number;
  state: State;
  class: string;
  urgent: boolean;
  due_at: string | null;
  area: string | null;
};
/** From here on an id is several issues' (docs/issues.md). */
const SEVERAL = 2 ** 40;

/** What the tiles' features say. */
export function pointsOf(
  features: readonly Pick<MapGeoJSONFeature, 'id' | 'geometry' | 'properties'>[],
): Point[] {
  const found = new Map<string, Point>();
  for (const feature of features) {
    if (feature.geometry.type !== 'Point') continue;
    const { state, class: code, urgent, due, area, count } = feature.properties;
    if (!isState(state)) continue;
    const [lon = 0, lat = 0] = feature.geometry.coordinates;
    const id = Number(feature.id);
    // from afar one id may stand for several points: an issue that leads its neighbours in two tiles
    const key = id >= SEVERAL ? `${id}/${lon.toFixed(5)}/${lat.toFixed(5)}` : String(id);
    found.set(key, {
      id,
      lon,
      lat,
      state,
      class: String(code),
      urgent: Boolean(urgent),
      due: due === undefined || due === null ? null : Number(due),
      area: area ?? null,
      count: Number(count ?? 1),
    });
  }
  return [...found.values()];
}

/** What a list says of one. */
export function pointOf({ id, lon, lat, state, class: code, urgent, due_at, area }: Listed): Point {
  const due = due_at ? new Date(due_at).getTime() / 1000 : null;
  return { id, lon, lat, state, class: code, urgent, due, area, count: 1 };
}

/** Whether a point is to be shown at a moment (seconds). */
export function fits(point: Point, filter: IssueFilter, now: number): boolean {
  const { states, classes, areas, overdue } = filter;
  if (states && !states.includes(point.state)) return false;
  if (classes?.length && !classes.some((code) => point.class.startsWith(code))) return false;
  if (areas && !(point.area && areas.has(point.area))) return false;
  return !overdue || (point.due !== null && point.due <= now);
}

/** A point as GeoJSON at a moment (seconds). */
export function featureOf({ id, lon, lat, state, class: code, urgent, due, count }: Point, now: number) {
  return {
    type: 'Feature' as const,
    id,
    geometry: { type: 'Point' as const, coordinates: [lon, lat] },
    properties: {
      state,
      group: code.slice(0, 2),
      urgent: Number(urgent),
      overdue: Number(due !== null && due <= now),
      count,
    },
  };
}
