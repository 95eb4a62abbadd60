/** The way down to the place on the screen, and the places one step further. */
import type { BuildingCard, GridCard, Step } from '../api/client';
import type { Place } from './address';
import type { AreaPart, BuildingRow, GridPart } from './answers';
import type { Here } from './context';
import { count } from './saying';
import { useTold } from './sources';

const SELDOM_MS = 5 * 60_000;

/** The areas from the highest visible one down to `code`. */
export function wayTo(here: Pick<Here, 'areas'>, code: string | undefined): Step[] {
  const found = here.areas.find((one) => one.code === code);
  return (found?.path.split('.') ?? []).flatMap((part) => here.areas.find((one) => one.code === part) ?? []);
}

type Beyond = { grid?: GridCard | undefined; building?: BuildingCard | undefined };

export function Way({ here, beyond }: { here: Here; beyond: Beyond }) {
  const { place, say } = here;
  const steps: { name: string; place: Place }[] = wayTo(here, here.area?.code).map((step) => ({
    name: step.name,
    place: { kind: 'area', id: step.code },
  }));
  const grid = beyond.building?.grid ?? beyond.grid;
  if (place?.kind !== 'area' && grid)
    steps.push({ name: grid.name, place: { kind: 'grid', id: String(grid.id) } });
  if (place?.kind === 'building') {
    const card = beyond.building;
    steps.push({ name: card?.name ?? card?.code ?? place.id, place: { kind: 'building', id: place.id } });
    if (place.floor)
      steps.push({
        name: say('wlFloor', { n: place.floor }),
        place: { kind: 'building', id: place.id, floor: place.floor },
      });
    if (place.household) steps.push({ name: say('wlRoomOf'), place });
  }
  return (
    <nav class="wl-way" aria-label={say('area')}>
      <ol>
        {steps.map((step, index) => (
          <li key={JSON.stringify(step.place)}>
            <button
              type="button"
              aria-current={index === steps.length - 1 ? 'page' : undefined}
              onClick={() => here.go(step.place)}
            >
              {step.name}
            </button>
          </li>
        ))}
      </ol>
    </nav>
  );
}

export type Child = { place: Place; name: string; count: number; unit: string; box: number[] };

/** What lies one step below: areas, else grids, else buildings. Floors are in the building's panel. */
export function useChildren(here: Here | undefined): Child[] {
  const { area, place, gridKind = 'community', language = 'zh' } = here ?? {};
  const atArea = !place || place.kind === 'area';
  const hasAreas = Boolean(here?.areas.some((one) => one.parent === area?.code));
  const code = area?.code;
  const parts = useTold<{ parts: AreaPart[] }>(
    atArea && code && hasAreas ? `/api/areas/${code}/parts?kind=${gridKind}` : undefined,
    language,
    SELDOM_MS,
  );
  const grids = useTold<{ grids: GridPart[] }>(
    atArea && code && !hasAreas ? `/api/areas/${code}/grids?kind=${gridKind}` : undefined,
    language,
    SELDOM_MS,
  );
  const built = useTold<{ buildings: BuildingRow[] }>(
    place?.kind === 'grid' ? `/api/buildings?limit=300&grid=${place.id}` : undefined,
    language,
    SELDOM_MS,
  );
  if (!here) return [];
  const people = here.say('people');
  if (place?.kind === 'grid')
    return (built.value?.buildings ?? []).map((one) => ({
      place: { kind: 'building', id: String(one.id) },
      name: one.name ?? one.code ?? String(one.id),
      count: one.residents ?? 0,
      unit: people,
      box: one.bbox,
    }));
  if (!atArea) return [];
  if (hasAreas)
    return (parts.value?.parts ?? []).map((one) => ({
      place: { kind: 'area', id: one.code },
      name: one.name,
      count: one.residents,
      unit: people,
      box: one.bbox,
    }));
  return (grids.value?.grids ?? []).map((one) => ({
    place: { kind: 'grid', id: String(one.id) },
    name: one.name,
    count: one.residents,
    unit: people,
    box: one.bbox,
  }));
}

/** The next level as a row of buttons under the map. */
export function Below({ here, below }: { here: Here; below: Child[] }) {
  if (!below.length) return null;
  return (
    <nav
      class="wl-below"
      aria-label={here.say('wlBelow')}
      onWheel={(event) => {
        event.currentTarget.scrollLeft += event.deltaY;
      }}
    >
      <ul>
        {below.map((one) => (
          <li key={one.place.id}>
            <button type="button" onClick={() => here.go(one.place, one.box)}>
              <b>{one.name}</b>
              <small>{one.count > 0 ? `${count(one.count, here.language)} ${one.unit}` : '–'}</small>
            </button>
          </li>
        ))}
      </ul>
    </nav>
  );
}
