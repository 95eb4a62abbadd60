/** Workers from afar: one ring with a number for those who stand together on the screen. */
import type { GeoJSONSource, LayerSpecification, Map as MapLibre } from 'maplibre-gl';
import { COLOURS, type Theme } from './glyphs';
import { REGULAR } from './style/labels';
import { sizeHere } from './style/style';

const SOURCE = 'worker-crowds';
const CELL_PX = 112;
/** From so far away a street is a thumb wide: its name stands there, nothing else has room. */
const FROM = 10;
/** Below this zoom workers are drawn as numbers. */
export const CROWDS_BELOW = 12.6;

export type Group = { x: number; y: number; count: number; outside: number };

/** Groups places (Mercator units, with how many are there) by squares of the screen; each lies in its middle. */
export function grouped(places: Iterable<Group>, zoom: number): Group[] {
  const side = CELL_PX / 512 / 2 ** zoom;
  const groups = new Map<string, Group>();
  for (const { x, y, count, outside } of places) {
    const key = `${Math.floor(x / side)}/${Math.floor(y / side)}`;
    const group = groups.get(key);
    if (!group) groups.set(key, { x: x * count, y: y * count, count, outside });
    else {
      group.x += x * count;
      group.y += y * count;
      group.count += count;
      group.outside += outside;
    }
  }
  return [...groups.values()].map((group) => ({
    ...group,
    x: group.x / group.count,
    y: group.y / group.count,
  }));
}

/** What a source shows now: a step of less than a pixel isn't worth a new picture, several of them a second. */
const shown = new WeakMap<GeoJSONSource, string>();

/** Shows groups on a map; an empty list takes them off. */
export function showCrowds(map: MapLibre, groups: Group[], theme: Theme): void {
  const pixels = 512 * 2 ** Math.round(map.getZoom());
  const onPixel = (value: number) => Math.round(value * pixels) / pixels;
  const features = groups.map(({ x, y, count, outside }) => ({
    type: 'Feature' as const,
    geometry: {
      type: 'Point' as const,
      coordinates: [
        onPixel(x) * 360 - 180,
        (Math.atan(Math.sinh(Math.PI * (1 - 2 * onPixel(y)))) * 180) / Math.PI,
      ],
    },
    properties: { count, outside },
  }));
  const source = map.getSource<GeoJSONSource>(SOURCE);
  if (source) {
    const told = JSON.stringify(features);
    if (shown.get(source) === told) return;
    shown.set(source, told);
    source.setData({ type: 'FeatureCollection', features });
  } else if (features.length && map.isStyleLoaded() !== undefined && map.getStyle()?.layers?.length) {
    map.addSource(SOURCE, { type: 'geojson', data: { type: 'FeatureCollection', features } });
    for (const layer of layers(theme)) map.addLayer(layer);
  }
}

function layers(theme: Theme): LayerSpecification[] {
  const { states, rim, outside } = COLOURS[theme];
  const some = ['>', ['get', 'outside'], 0];
  const larger = sizeHere();
  return [
    {
      id: 'worker-crowd',
      type: 'circle',
      source: SOURCE,
      minzoom: FROM,
      paint: {
        // somebody alone is a dot, as from near
        'circle-radius': [
          'interpolate',
          ['linear'],
          ['sqrt', ['get', 'count']],
          ...[1, 4, 1.4, 8.5, 10, 18, 100, 34].map((value, at) => (at % 2 ? value * larger : value)),
        ],
        'circle-color': states[0],
        'circle-opacity': 0.92,
        'circle-stroke-width': 1.8,
        'circle-stroke-color': ['case', some, outside, rim],
      } as never,
    },
    {
      id: 'worker-crowd-count',
      type: 'symbol',
      source: SOURCE,
      minzoom: FROM,
      layout: {
        'text-field': ['case', ['>', ['get', 'count'], 1], ['to-string', ['get', 'count']], ''],
        'text-font': REGULAR,
        'text-size': 11.5 * larger,
        'text-allow-overlap': true,
        'text-padding': 4,
      } as never,
      paint: { 'text-color': rim },
    },
  ];
}
