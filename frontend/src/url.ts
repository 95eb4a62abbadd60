/** What the address bar keeps, so that a link restores the view. */
import type { Language } from './i18n/catalogue';

/** What a card is open for; `room` is a household of a building, the id of a place is `lon,lat`. */
export type Selection = {
  kind: 'area' | 'grid' | 'estate' | 'building' | 'facility' | 'worker' | 'issue' | 'place';
  id: string;
  room?: string;
};
export type LonLat = [lon: number, lat: number];
export type Measured = { mode: 'distance' | 'area'; points: LonLat[] };

export type View = {
  camera?: { zoom: number; lat: number; lon: number; bearing: number; pitch: number };
  theme: 'day' | 'night';
  language: Language;
  gridKind: string;
  hidden: string[];
  /** Whether issues are drawn as heat. */
  heat?: boolean;
  /** The code of a background (影像、电子地图); empty: none. */
  background?: string;
  /** The words in the search box. */
  query?: string;
  selection?: Selection;
  measured?: Measured;
};

export const initialView: View = {
  theme: 'day',
  language: 'zh',
  gridKind: 'community',
  hidden: [],
};

const KINDS = new Set(['area', 'grid', 'estate', 'building', 'facility', 'worker', 'issue', 'place']);

/** A place as an address writes it, seven decimals, which is a centimetre. */
export function placeId([lon, lat]: LonLat): string {
  return `${Number(lon.toFixed(7))},${Number(lat.toFixed(7))}`;
}

/** The place that `lon,lat` names, or undefined. */
export function placeOf(id: string): LonLat | undefined {
  const [lon, lat, more] = id.split(',').map((part) => (part.trim() ? Number(part) : Number.NaN));
  if (lon === undefined || lat === undefined || more !== undefined) return undefined;
  return Math.abs(lon) <= 180 && Math.abs(lat) <= 85 ? [lon, lat] : undefined;
}

function selectionIn(text: string): Selection | undefined {
  const [kind = '', id = '', room] = text.split(':');
  if (!KINDS.has(kind) || !id || (kind === 'place' && !placeOf(id))) return undefined;
  return { kind: kind as Selection['kind'], id, ...(room ? { room } : {}) };
}

function measuredIn(text: string): Measured | undefined {
  const [mode, places = ''] = text.split(':');
  if (mode !== 'distance' && mode !== 'area') return undefined;
  const points = places.split(';').map(placeOf);
  return { mode, points: points.filter((point) => point !== undefined) };
}

/** Reads a hash such as `#map=14.2/36.85512/118.09011/0/30&theme=night`; what it can't read is left out. */
export function read(hash: string): View {
  const given = new URLSearchParams(hash.replace(/^#/, ''));
  const view: View = { ...initialView, hidden: [] };
  const camera = (given.get('map') ?? '').split('/').map(Number);
  if (camera.length >= 3 && camera.every(Number.isFinite)) {
    const [zoom = 0, lat = 0, lon = 0, bearing = 0, pitch = 0] = camera;
    if (Math.abs(lat) <= 85 && Math.abs(lon) <= 180) view.camera = { zoom, lat, lon, bearing, pitch };
  }
  if (given.get('theme') === 'night') view.theme = 'night';
  if (given.get('lang') === 'en') view.language = 'en';
  view.gridKind = given.get('grids') || 'community';
  view.hidden = (given.get('hide') ?? '').split(',').filter(Boolean);
  if (given.get('heat') === '1') view.heat = true;
  for (const [name, key] of [
    ['bg', 'background'],
    ['q', 'query'],
  ] as const) {
    const said = given.get(name);
    if (said) view[key] = said;
  }
  const selection = selectionIn(given.get('at') ?? '');
  if (selection) view.selection = selection;
  const measured = measuredIn(given.get('measure') ?? '');
  if (measured) view.measured = measured;
  return view;
}

/** The hash of a view; defaults are left out. */
export function write(view: View): string {
  const parts: string[] = [];
  const put = (name: string, value: string) =>
    parts.push(`${name}=${encodeURIComponent(value).replace(/%(2C|3A|3B)/g, decodeURIComponent)}`);
  const c = view.camera;
  if (c) {
    const where = `map=${c.zoom.toFixed(2)}/${c.lat.toFixed(6)}/${c.lon.toFixed(6)}`;
    const turned = Math.round(c.bearing) || Math.round(c.pitch);
    parts.push(turned ? `${where}/${Math.round(c.bearing)}/${Math.round(c.pitch)}` : where);
  }
  if (view.theme !== 'day') put('theme', view.theme);
  if (view.language !== 'zh') put('lang', view.language);
  if (view.gridKind !== 'community') put('grids', view.gridKind);
  if (view.hidden.length) put('hide', view.hidden.join(','));
  if (view.heat) put('heat', '1');
  if (view.background) put('bg', view.background);
  if (view.query) put('q', view.query);
  const at = view.selection;
  if (at) put('at', [at.kind, at.id, ...(at.room ? [at.room] : [])].join(':'));
  const measured = view.measured;
  if (measured) put('measure', `${measured.mode}:${measured.points.map(placeId).join(';')}`);
  return parts.length ? `#${parts.join('&')}` : '#';
}
