/** What the wall's address bar keeps: the place on the screen, the view of the map, the theme and the language. */
import type { Language } from '../i18n/catalogue';

/** A place on the way down: an area, a grid, a building, a floor of it, a household. */
export type Place = {
  kind: 'area' | 'grid' | 'building';
  id: string;
  floor?: string;
  /** The id of the household's standard address. */
  household?: number;
};
export type Camera = { zoom: number; lat: number; lon: number; bearing: number; pitch: number };
export type Wish = {
  place?: Place;
  camera?: Camera;
  theme: 'day' | 'night';
  language: Language;
  hidden: string[];
  gridKind: string;
  /** Issues as heat instead of markers. */
  heat: boolean;
  /** The day that is replayed, `2026-05-01`. */
  replay?: string | undefined;
};

export const LAYERS = [
  'areas',
  'grids',
  'buildings',
  'facilities',
  'streets',
  'ground',
  'labels',
  'workers',
  'issues',
];

/** Reads `#at=area:370303008017&map=14.2/36.85512/118.09011/0/30&theme=day&lang=en&hide=labels`. */
export function read(hash: string): Wish {
  const given = new URLSearchParams(hash.replace(/^#/, ''));
  const wish: Wish = {
    theme: given.get('theme') === 'day' ? 'day' : 'night',
    language: given.get('lang') === 'en' ? 'en' : 'zh',
    hidden: (given.get('hide') ?? '').split(',').filter(Boolean),
    gridKind: given.get('grids') || 'community',
    heat: given.get('heat') === '1',
  };
  const [kind = '', id = '', floor = '', household = ''] = (given.get('at') ?? '').split(':');
  if ((kind === 'area' || kind === 'grid' || kind === 'building') && id) {
    wish.place = { kind, id };
    if (kind === 'building' && floor) wish.place.floor = floor;
    if (kind === 'building' && Number(household) > 0) wish.place.household = Number(household);
  }
  const day = given.get('replay') ?? '';
  if (/^\d{4}-\d{2}-\d{2}$/.test(day)) wish.replay = day;
  const camera = (given.get('map') ?? '').split('/').map(Number);
  if (camera.length >= 3 && camera.every(Number.isFinite)) {
    const [zoom = 0, lat = 0, lon = 0, bearing = 0, pitch = 0] = camera;
    if (Math.abs(lat) <= 85 && Math.abs(lon) <= 180) wish.camera = { zoom, lat, lon, bearing, pitch };
  }
  return wish;
}

/** The hash of a wish; defaults are left out. */
export function write(wish: Wish): string {
  const parts: string[] = [];
  const { place, camera: c } = wish;
  if (place) {
    const below = [place.floor, place.household].map((part) => encodeURIComponent(part ?? ''));
    parts.push(`at=${[place.kind, encodeURIComponent(place.id), ...below].join(':').replace(/:+$/, '')}`);
  }
  if (c) {
    const where = [c.zoom.toFixed(2), c.lat.toFixed(6), c.lon.toFixed(6)];
    const turned = [Math.round(c.bearing), Math.round(c.pitch)];
    parts.push(`map=${[...where, ...(turned.some(Boolean) ? turned : [])].join('/')}`);
  }
  if (wish.theme !== 'night') parts.push(`theme=${wish.theme}`);
  if (wish.language !== 'zh') parts.push(`lang=${wish.language}`);
  if (wish.gridKind !== 'community') parts.push(`grids=${encodeURIComponent(wish.gridKind)}`);
  if (wish.heat) parts.push('heat=1');
  if (wish.replay) parts.push(`replay=${wish.replay}`);
  if (wish.hidden.length) parts.push(`hide=${wish.hidden.join(',')}`);
  return `#${parts.join('&')}`;
}
