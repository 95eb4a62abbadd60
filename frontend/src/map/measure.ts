/** Measuring on the map: places that are clicked one after the other, a line or a ring through them, and its size. */
import type { FeatureCollection } from 'geojson';
import type { GeoJSONSource, Map as MapLibre, MapMouseEvent, StyleSpecification } from 'maplibre-gl';
import type { LonLat, Measured } from '../url';
import { along, extent, path, sayArea, sayLength } from './geodesy';
import { REGULAR } from './style/labels';
import type { Theme } from './style/theme';

const SOURCE = 'measured';
const LINE = 'measured-line';
const NONE: FeatureCollection = { type: 'FeatureCollection', features: [] };

/** The layers of what is measured, above everything but names. */
function layers(theme: Theme): StyleSpecification['layers'] {
  const common = { source: SOURCE } as const;
  return [
    {
      ...common,
      id: 'measured-fill',
      type: 'fill',
      filter: ['==', ['geometry-type'], 'Polygon'],
      paint: { 'fill-color': theme.select, 'fill-opacity': 0.16 },
    },
    {
      ...common,
      id: `${LINE}-casing`,
      type: 'line',
      filter: ['==', ['geometry-type'], 'LineString'],
      layout: { 'line-cap': 'round', 'line-join': 'round' },
      paint: { 'line-color': theme.halo, 'line-width': 6, 'line-opacity': 0.85 },
    },
    {
      ...common,
      id: LINE,
      type: 'line',
      filter: ['==', ['geometry-type'], 'LineString'],
      layout: { 'line-cap': 'round', 'line-join': 'round' },
      paint: { 'line-color': theme.select, 'line-width': 3 },
    },
    {
      ...common,
      id: 'measured-corner',
      type: 'circle',
      filter: ['==', ['get', 'corner'], true],
      paint: {
        'circle-radius': 4.5,
        'circle-color': theme.halo,
        'circle-stroke-color': theme.select,
        'circle-stroke-width': 2.5,
      },
    },
    {
      ...common,
      id: 'measured-label',
      type: 'symbol',
      filter: ['has', 'label'],
      layout: {
        'text-field': ['get', 'label'],
        'text-font': ['Noto Sans CJK SC Bold', ...REGULAR],
        'text-size': ['case', ['==', ['get', 'corner'], true], 14, 18],
        'text-anchor': ['case', ['==', ['get', 'corner'], true], 'left', 'center'],
        'text-offset': ['case', ['==', ['get', 'corner'], true], ['literal', [0.8, 0]], ['literal', [0, 0]]],
        'text-allow-overlap': true,
        'text-ignore-placement': true,
        'text-max-width': 20,
      },
      paint: { 'text-color': theme.select, 'text-halo-color': theme.halo, 'text-halo-width': 3 },
    },
  ];
}

/** What a measurement draws, its names in a language. */
export function drawn({ mode, points }: Measured, language: 'zh' | 'en'): FeatureCollection {
  const ring = mode === 'area' && points.length > 2;
  const closed = ring ? [...points, points[0] as LonLat] : points;
  const line = closed.flatMap((point, i) =>
    path(closed[i - 1] ?? point, point).slice(i ? 1 : 0, i ? undefined : 1),
  );
  const sums = along(points);
  const features: FeatureCollection['features'] = points.map((point, i) => ({
    type: 'Feature',
    geometry: { type: 'Point', coordinates: point },
    properties: {
      corner: true,
      ...(mode === 'distance' && i > 0 ? { label: sayLength(sums[i] ?? 0, language) } : {}),
    },
  }));
  if (line.length > 1) {
    features.unshift({
      type: 'Feature',
      geometry: { type: 'LineString', coordinates: line },
      properties: {},
    });
  }
  if (ring) {
    features.unshift({ type: 'Feature', geometry: { type: 'Polygon', coordinates: [line] }, properties: {} });
    const middle = [0, 1].map(
      (axis) => points.reduce((sum, point) => sum + (point[axis] ?? 0), 0) / points.length,
    );
    features.push({
      type: 'Feature',
      geometry: { type: 'Point', coordinates: middle },
      properties: { label: sayArea(extent(points).area, language) },
    });
  }
  return { type: 'FeatureCollection', features };
}

/** The measuring tool of one map. It draws what it is told, and tells what is clicked while it is open. */
export class Measure {
  private measured: Measured | undefined;
  /** What was told and hasn't come back yet: whoever keeps it may be some clicks behind. */
  private told: Measured[] = [];
  private seen: Measured | undefined;
  private ended = false;
  private led: LonLat | undefined;
  private frame = 0;

  constructor(
    private readonly map: MapLibre,
    private readonly look: () => { theme: Theme; language: 'zh' | 'en' },
    private readonly changed: (measured: Measured) => void,
  ) {
    map.on('style.load', this.add);
    map.on('mousemove', this.lead);
    map.on('dblclick', this.end);
  }

  /** Whether clicks belong to it. */
  get open(): boolean {
    return this.measured !== undefined && !this.ended;
  }

  /** Shows a measurement, or none; another mode or an emptied one goes on being drawn. */
  show(measured: Measured | undefined): void {
    const known = measured ? this.told.indexOf(measured) : -1;
    if (known >= 0 || measured !== this.seen) this.told = known < 0 ? [] : this.told.slice(known + 1);
    this.seen = measured;
    if (this.told.length) return;
    if (!measured || measured.mode !== this.measured?.mode || !measured.points.length) this.ended = false;
    this.measured = measured;
    this.draw();
  }

  /** Adds a place at the end. */
  click(at: LonLat): void {
    if (!this.measured || !this.open) return;
    const last = this.measured.points.at(-1);
    if (last && last[0] === at[0] && last[1] === at[1]) return;
    // at once: the next click may come before whoever keeps it has told us
    this.measured = { ...this.measured, points: [...this.measured.points, at] };
    this.told.push(this.measured);
    this.draw();
    this.changed(this.measured);
  }

  /** No more places are added. */
  finish(): void {
    this.ended = true;
    this.draw();
  }

  remove(): void {
    cancelAnimationFrame(this.frame);
    this.map.off('style.load', this.add);
    this.map.off('mousemove', this.lead);
    this.map.off('dblclick', this.end);
  }

  private readonly end = (event: MapMouseEvent): void => {
    if (!this.open) return;
    event.preventDefault(); // the map would zoom in
    this.finish();
  };

  private readonly add = (): void => {
    if (this.map.getSource(SOURCE)) return;
    this.map.addSource(SOURCE, { type: 'geojson', data: NONE });
    for (const layer of layers(this.look().theme)) this.map.addLayer(layer);
    this.draw();
  };

  /** The line follows the pointer, once a frame. */
  private readonly lead = (event: MapMouseEvent): void => {
    if (!this.open || !this.measured?.points.length) return;
    this.led = [event.lngLat.lng, event.lngLat.lat];
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      if (this.open) this.draw(this.led);
    });
  };

  private draw(pointer?: LonLat): void {
    const source = this.map.getSource<GeoJSONSource>(SOURCE);
    if (!source) return;
    const { measured } = this;
    if (!measured) {
      source.setData(NONE);
      return;
    }
    const points = pointer ? [...measured.points, pointer] : measured.points;
    source.setData(drawn({ ...measured, points }, this.look().language));
  }
}
