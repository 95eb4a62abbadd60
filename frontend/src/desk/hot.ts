/** Where trouble gathers, as the service tells it; neighbouring hot cells are one spot. */
import { ask } from '../api/client';
import { dayOf, serviceNow } from '../api/clock';

export type Cell = { lon: number; lat: number; n: number; z: number };
/** More than usual since the day `from`, within `radius_m`. */
export type Cluster = { lon: number; lat: number; n: number; radius_m: number; from: string };
export type Recurring = {
  place: string | null;
  class: string;
  name_zh: string;
  name_en: string;
  n: number;
  open: number;
  latest: string;
  lon: number;
  lat: number;
  issues: number[];
};
export type Spot = Cell & { cells: number };
export type Trouble = { spots: Spot[]; clusters: Cluster[]; places: Recurring[] };

const METRES_A_DEGREE = 111_320;
const DAY_MS = 86_400_000;

/** Cells that touch (`side` metres wide) as spots, the hottest first; a spot stands at its hottest cell. */
export function spotsOf(cells: Cell[], side: number): Spot[] {
  const left = [...cells].sort((a, b) => b.z - a.z);
  const touch = (a: Cell, b: Cell) => {
    const north = (a.lat - b.lat) * METRES_A_DEGREE;
    const east = (a.lon - b.lon) * METRES_A_DEGREE * Math.cos((a.lat * Math.PI) / 180);
    return Math.max(Math.abs(north), Math.abs(east)) < side * 1.3;
  };
  const spots: Spot[] = [];
  for (let first = left.shift(); first; first = left.shift()) {
    const group = [first];
    for (const cell of group)
      for (let at = left.length - 1; at >= 0; at -= 1) {
        const other = left[at];
        if (other && touch(cell, other)) group.push(...left.splice(at, 1));
      }
    spots.push({ ...first, n: group.reduce((sum, one) => sum + one.n, 0), cells: group.length });
  }
  return spots;
}

/** Asks for the last `days` days; `code` is a class or the two digits of a group, empty for all. */
export async function trouble(
  language: string,
  { area, code, days }: { area: string; code: string; days: number },
  signal: AbortSignal,
): Promise<Trouble> {
  const query = new URLSearchParams({ from: dayOf(serviceNow() - (days - 1) * DAY_MS) });
  if (area) query.set('area', area);
  const hot = new URLSearchParams(query);
  if (code) hot.set('class', code);
  type Hot = { cells: Cell[]; clusters: Cluster[]; side_m: number };
  const [found, again] = await Promise.all([
    ask<Hot>(`/api/issues/hotspots?${hot}`, language, { signal }),
    ask<{ places: Recurring[] }>(`/api/issues/recurring?${query}`, language, { signal }),
  ]);
  return {
    spots: spotsOf(found.cells, found.side_m),
    clusters: found.clusters,
    places: again.places.filter((one) => one.class.startsWith(code)),
  };
}
