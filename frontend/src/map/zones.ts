/** Zones and patrol targets on the map: outlines with their names; they stay when the style changes. */
import type { FeatureCollection, Geometry } from 'geojson';
import type { GeoJSONSource, LayerSpecification, Map as MapLibre } from 'maplibre-gl';
import { REGULAR } from './style/labels';
import type { Theme } from './style/theme';

const SOURCE = 'zones';

export type ZoneKind = 'zone' | 'target';
export type Zone = {
  id: number;
  kind: ZoneKind;
  name: string;
  geometry: Geometry;
  dwell_s: number | null;
  /** Of targets: the visits asked for within so many days, and those that were made. */
  visits?: number;
  every_days?: number;
  done?: number;
  due?: boolean;
};

/** West, south, east and north of a shape. */
export function boxOf(shape: Geometry): [number, number, number, number] {
  const places: number[] = ('coordinates' in shape ? shape.coordinates : []).flat(9) as number[];
  const [lons, lats] = [0, 1].map((axis) => places.filter((_, at) => at % 2 === axis)) as [
    number[],
    number[],
  ];
  return [Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)];
}

export class ZoneShapes {
  private shown: Zone[] = [];

  constructor(
    private readonly map: MapLibre,
    private readonly theme: () => Theme,
  ) {
    map.on('style.load', this.draw);
  }

  /** Shows these and no others. */
  show(zones: Zone[]): void {
    this.shown = zones;
    this.draw();
  }

  remove(): void {
    this.show([]);
    this.map.off('style.load', this.draw);
  }

  private readonly draw = (): void => {
    const data: FeatureCollection = {
      type: 'FeatureCollection',
      features: this.shown.map(({ id, kind, name, geometry, due }) => ({
        type: 'Feature',
        id,
        geometry,
        properties: { kind, name, due: due ?? false },
      })),
    };
    const source = this.map.getSource<GeoJSONSource>(SOURCE);
    if (source) source.setData(data);
    else if (this.shown.length && this.map.getStyle()?.layers?.length) {
      this.map.addSource(SOURCE, { type: 'geojson', data });
      for (const layer of layers(this.theme())) this.map.addLayer(layer);
    }
  };
}

const COLOUR = {
  day: { zone: '#b3322b', target: '#6b3fa0', done: '#2e7d4f' },
  night: { zone: '#ff8f80', target: '#c9a2ff', done: '#6fd79b' },
};

function layers(theme: Theme): LayerSpecification[] {
  const colours = COLOUR[theme.name];
  const target = ['case', ['get', 'due'], colours.target, colours.done];
  const colour = ['case', ['==', ['get', 'kind'], 'target'], target, colours.zone] as unknown as string;
  const common = { source: SOURCE } as const;
  return [
    {
      ...common,
      id: 'zone-fill',
      type: 'fill',
      paint: { 'fill-color': colour, 'fill-opacity': 0.12 },
    },
    {
      ...common,
      id: 'zone-halo',
      type: 'line',
      layout: { 'line-join': 'round' },
      paint: { 'line-color': theme.halo, 'line-width': 5, 'line-opacity': 0.8 },
    },
    {
      ...common,
      id: 'zone-line',
      type: 'line',
      layout: { 'line-join': 'round' },
      paint: { 'line-color': colour, 'line-width': 2.5, 'line-dasharray': [3, 1.5] },
    },
    {
      ...common,
      id: 'zone-name',
      type: 'symbol',
      layout: {
        'text-field': ['get', 'name'],
        'text-font': ['Noto Sans CJK SC Bold', ...REGULAR],
        'text-size': 14,
        'text-max-width': 10,
      },
      paint: { 'text-color': colour, 'text-halo-color': theme.halo, 'text-halo-width': 2.5 },
    },
  ];
}
