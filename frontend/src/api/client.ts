/** The service's answers, as the page needs them; shapes follow the service's OpenAPI document. */
import { setZone } from './clock';
export type Step = { code: string; name: string; level: string };
export type Who = { username: string; display_name: string; role: string; areas: Step[]; via?: string };
export type Named = { code: string; name_zh: string; name_en: string };
export type Ranked = Named & { rank: number };
export type Background = Named & { max_zoom: number; attribution: string };
export type Twin = {
  title: string;
  demo: boolean;
  levels: Ranked[];
  grid_kinds: Ranked[];
  facility_categories: Named[];
  /** Map approval number (审图号) and source, as the operator typed them. */
  approval?: string;
  source?: string;
  /** What a day is. */
  time_zone: string;
  backgrounds: Background[];
  bounds: [number, number, number, number] | null;
};
export type Counts = { buildings: number; households: number; residents: number };
export type GridCard = {
  id: number;
  code: string;
  name: string;
  kind: string;
  ancestors: Step[];
  worker: { id: string; name: string } | null;
  counts: Counts;
  bbox: number[];
};
export type BuildingCard = {
  id: number;
  code: string | null;
  name: string | null;
  estate: string | null;
  use: string | null;
  height: number | null;
  levels: number | null;
  units: number | null;
  households: number | null;
  residents: number | null;
  year: number | null;
  centre: [number, number];
  bbox: number[];
  ancestors: Step[];
  grid: { id: number; code: string; name: string } | null;
};
export type Room = { id: number; room: string; text: string; residents: number | null };
export type Households = { units: { unit: string; floors: { floor: string; rooms: Room[] }[] }[] };
export type AreaPart = Step & Counts;
export type GridPart = {
  id: number;
  code: string;
  name: string;
  worker: { id: string; name: string } | null;
} & Counts;
export type BuildingRow = {
  id: number;
  name: string | null;
  estate: string | null;
  use: string | null;
  levels: number | null;
  households: number | null;
  residents: number | null;
  bbox: [number, number, number, number];
};
export type EstateCard = { name: string; ancestors: Step[]; buildings: BuildingRow[] };
/** A place in one coordinate system: degrees (lon, lat) or metres (east, north). */
export type Position = {
  crs: string;
  title: string;
  x: number;
  y: number;
  degrees: boolean;
  usable: boolean;
};
export type Reading = { crs: string; swapped: boolean; reason: string; lon: number; lat: number };
export type NearAddress = {
  id: number;
  text: string;
  distance: number;
  building: { id: number; name: string | null } | null;
  grid: { id: number; name: string } | null;
};
export type FacilityCard = {
  id: number;
  name: string | null;
  category: string;
  centre: [number, number];
  ancestors: Step[];
};
export type WorkerCard = {
  name: string;
  centre: [number, number];
  ancestors: Step[];
  grid_name: string | null;
  outside_grid?: boolean;
  status?: string;
  battery?: number | null;
  speed?: number | null;
  at?: string;
};
export type AreaFeature = {
  properties: Step & { parent: string | null; bbox: number[]; ancestors: Step[] };
};
export type Summary = Counts & { grids: number; addresses: number; workers: number };
export type Found = {
  kind: 'area' | 'grid' | 'estate' | 'building' | 'address' | 'facility' | 'street';
  id: number;
  code: string | null;
  name: string | null;
  detail: string | null;
  centre: [number, number];
  bbox: [number, number, number, number] | null;
  building?: number | null;
};

/** An answer that is not the one hoped for: the problem document's sentence, the HTTP status, and its members. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly members: Record<string, unknown> = {},
  ) {
    super(message);
  }
}

/** One question to the service, answered in one language; raises Problem. */
export async function ask<T>(path: string, language: string, init: RequestInit = {}): Promise<T> {
  const headers = { 'Accept-Language': language, 'Content-Type': 'application/json' };
  const answer = await fetch(path, { credentials: 'same-origin', ...init, headers });
  if (answer.ok) return answer.status === 204 ? (undefined as T) : ((await answer.json()) as T);
  const problem = (await answer.json().catch(() => ({}))) as { detail?: string };
  throw new Problem(answer.status, problem.detail ?? answer.statusText, problem);
}

/** The service, asked in one language; `signal` gives up a question that nobody waits for any more. */
export function service(language: string) {
  const get = <T>(path: string, signal?: AbortSignal) => ask<T>(path, language, signal ? { signal } : {});
  return {
    who: () => get<Who>('/api/session'),
    signIn: (username: string, password: string) =>
      ask<Who>('/api/session', language, { method: 'POST', body: JSON.stringify({ username, password }) }),
    ways: () => get<{ openid: string | null }>('/api/session/ways'),
    signOut: () => ask<void>('/api/session', language, { method: 'DELETE' }),
    twin: () =>
      get<Twin>('/api/twin').then((twin) => {
        setZone(twin.time_zone);
        return twin;
      }),
    building: (id: string, signal?: AbortSignal) => get<BuildingCard>(`/api/buildings/${id}`, signal),
    households: (id: string, signal?: AbortSignal) =>
      get<Households>(`/api/buildings/${id}/households`, signal),
    grid: (id: string, signal?: AbortSignal) => get<GridCard>(`/api/grids/${id}`, signal),
    facility: (id: string, signal?: AbortSignal) => get<FacilityCard>(`/api/facilities/${id}`, signal),
    worker: async (id: string, signal?: AbortSignal): Promise<WorkerCard> => {
      type Feature = { geometry: { coordinates: [number, number] } | null; properties: WorkerCard };
      const { geometry, properties } = await get<Feature>(`/api/workers/${encodeURIComponent(id)}`, signal);
      return { ...properties, ancestors: [], centre: geometry?.coordinates ?? [0, 0] };
    },
    area: (code: string, signal?: AbortSignal) => get<AreaFeature>(`/api/areas/${code}`, signal),
    summary: (code: string, signal?: AbortSignal) => get<Summary>(`/api/areas/${code}/summary`, signal),
    search: (words: string, near?: [number, number], signal?: AbortSignal) => {
      const where = near ? `&near=${near[0].toFixed(5)},${near[1].toFixed(5)}` : '';
      return get<{ results: Found[] }>(`/api/search?limit=12&q=${encodeURIComponent(words)}${where}`, signal);
    },
    partsOf: (area: string, signal?: AbortSignal) =>
      get<{ parts: AreaPart[] }>(`/api/areas/${encodeURIComponent(area)}/parts`, signal),
    gridsOf: (area: string, kind: string, signal?: AbortSignal) =>
      get<{ grids: GridPart[] }>(
        `/api/areas/${encodeURIComponent(area)}/grids?kind=${encodeURIComponent(kind)}`,
        signal,
      ),
    buildingsOf: (grid: string, signal?: AbortSignal) =>
      get<{ buildings: BuildingRow[] }>(`/api/buildings?grid=${grid}&limit=1000`, signal),
    estate: (building: string, signal?: AbortSignal) =>
      get<EstateCard>(`/api/buildings/${building}/estate`, signal),
    coordinates: ([lon, lat]: [number, number], signal?: AbortSignal) =>
      get<{ positions: Position[] }>(`/api/coordinates?lon=${lon}&lat=${lat}`, signal),
    readCoordinates: (words: string, signal?: AbortSignal) =>
      get<{ readings: Reading[] }>(`/api/coordinates/read?q=${encodeURIComponent(words)}`, signal),
    addressesAt: ([lon, lat]: [number, number], signal?: AbortSignal) =>
      get<{ addresses: NearAddress[] }>(`/api/addresses/reverse?lon=${lon}&lat=${lat}&limit=1`, signal),
  };
}

export type Service = ReturnType<typeof service>;
