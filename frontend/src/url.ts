/** What the address bar keeps, so that a link restores the view. */
import type { Language } from './i18n/catalogue';

export type Selection = { kind: 'area' | 'grid' | 'building' | 'facility' | 'worker' | 'issue'; id: string };

export type View = {
  camera?: { zoom: number; lat: number; lon: number; bearing: number; pitch: number };
  theme: 'day' | 'night';
  language: Language;
  gridKind: string;
  hidden: string[];
  selection?: Selection;
};

export const initialView: View = { theme: 'day', language: 'zh', gridKind: 'community', hidden: [] };

const KINDS = new Set(['area', 'grid', 'building', 'facility', 'worker', 'issue']);

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
  const [kind = '', id = ''] = (given.get('at') ?? '').split(':');
  if (KINDS.has(kind) && id) view.selection = { kind: kind as Selection['kind'], id };
  return view;
}

/** The hash of a view; defaults are left out. */
export function write(view: View): string {
  const parts: string[] = [];
  const c = view.camera;
  if (c) {
    const where = `map=${c.zoom.toFixed(2)}/${c.lat.toFixed(6)}/${c.lon.toFixed(6)}`;
    const turned = Math.round(c.bearing) || Math.round(c.pitch);
    parts.push(turned ? `${where}/${Math.round(c.bearing)}/${Math.round(c.pitch)}` : where);
  }
  if (view.theme !== 'day') parts.push(`theme=${view.theme}`);
  if (view.language !== 'zh') parts.push(`lang=${view.language}`);
  if (view.gridKind !== 'community') parts.push(`grids=${encodeURIComponent(view.gridKind)}`);
  if (view.hidden.length) parts.push(`hide=${view.hidden.join(',')}`);
  if (view.selection) parts.push(`at=${view.selection.kind}:${encodeURIComponent(view.selection.id)}`);
  return parts.length ? `#${parts.join('&')}` : '#';
}
