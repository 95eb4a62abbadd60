/** What the planner chose for a file, begun with the best guess or with what was chosen the last time. */
import type { Candidate, Job, Kind, Layer, Options } from './api';

export type Choice = Omit<Options, 'exact' | 'fresh'> & { remembered: string | null };

const SHAPES: Record<string, Kind['geometry']> = {
  Polygon: 'polygon',
  MultiPolygon: 'polygon',
  LineString: 'line',
  MultiLineString: 'line',
  Point: 'point',
  MultiPoint: 'point',
};

/** The geometry of most of a layer's rows; undefined for a table without. */
export function shapeOf(layer: Layer): Kind['geometry'] | undefined {
  const [most] = Object.entries(layer.geometry).sort((a, b) => b[1] - a[1]);
  return most && SHAPES[most[0]];
}

/** The kinds that a layer can be, the likeliest first. */
export function fitting(layer: Layer, kinds: Kind[]): Kind[] {
  const shape = shapeOf(layer);
  const order = [...Object.keys(layer.remembered ?? {}), ...Object.keys(layer.kinds)];
  const rank = (kind: Kind) => (order.indexOf(kind.name) + order.length + 1) % (order.length + 1);
  return kinds
    .filter((kind) => !shape || kind.geometry === shape)
    .sort((a, b) => rank(a) - rank(b) || kinds.indexOf(a) - kinds.indexOf(b));
}

export function begin(job: Job, layer: Layer, kind: string): Choice {
  const memory = layer.remembered?.[kind];
  const known = new Set(layer.columns.map((column) => column.name));
  const usable = Object.entries(memory?.columns ?? {}).filter(([, column]) => known.has(column));
  const several = (job.inspection?.layers.length ?? 0) > 1;
  const first: Candidate | undefined = layer.crs_candidates[0];
  const only = layer.crs_candidates.length === 1 ? first : undefined;
  return {
    kind,
    layer: several ? layer.name : null,
    crs: memory?.crs ?? only?.crs ?? null,
    swap: memory?.crs ? memory.swap : (only?.swapped ?? false),
    encoding: job.encoding ?? memory?.encoding ?? null,
    columns: { ...layer.kinds[kind], ...Object.fromEntries(usable) },
    constants: { ...memory?.constants },
    grid_kind: 'community',
    within: null,
    replace: false,
    yes: false,
    repair: false,
    allow: [],
    in_force_from: null,
    remembered: memory?.used_at ?? null,
  };
}

export function options({ remembered: _, ...choice }: Choice): Options {
  return { ...choice, exact: true, fresh: true, yes: choice.replace && choice.yes };
}

/** Files that belong together: all parts of a Shapefile are one, everything else is one by itself. */
export function together(files: File[]): File[][] {
  const stem = (file: File) => file.name.replace(/(\.shp)?\.[^.]+$/i, '').toLowerCase();
  const shapefiles = new Set(files.filter((file) => /\.shp$/i.test(file.name)).map(stem));
  const groups = new Map<string, File[]>();
  for (const file of files) {
    const key = shapefiles.has(stem(file)) ? stem(file) : `\0${file.name}`;
    groups.set(key, [...(groups.get(key) ?? []), file]);
  }
  return [...groups.values()];
}
