/** How issues are drawn: heat, halos of what is overdue, markers by state and class, rings with their number from afar. */
import type { ExpressionSpecification, LayerSpecification } from 'maplibre-gl';
import { COLOURS, OUTLINES, STATES, type State, type ThemeName } from './issue_signs';
import { REGULAR } from './style/labels';
import { sizeHere } from './style/style';

/** How it looks now; asked whenever the map's style is made. */
export type IssueLook = { theme: ThemeName; hidden: boolean; heat?: boolean };

export const TILES = 'issue-tiles';
export const SHOWN = 'issues-shown';
export const HEAT = 'issues-heat';
export const AIM = 'issue-aim';
export const MARKER = 'issue-marker';
export const RING = 'issue-ring';
export const BLINK_MS = 700;
/** From so far away a street is a thumb wide: its name stands there, nothing else has room. */
const FROM = 10;

/** Whether somebody asked for rest. */
export const calm = () => matchMedia('(prefers-reduced-motion: reduce)').matches;

/** Smaller where the whole street is a hand wide: names need the room. Larger on a wall's screen. */
function fromAfar(value: unknown): ExpressionSpecification {
  const share = (of: number) => ['*', of * sizeHere(), value];
  return [
    'interpolate',
    ['linear'],
    ['zoom'],
    11,
    share(0.7),
    13.2,
    share(1),
  ] as unknown as ExpressionSpecification;
}

/** A point that is aimed at, as GeoJSON. */
export function aimed(at: [number, number] | undefined) {
  return {
    type: 'FeatureCollection' as const,
    features: at
      ? [{ type: 'Feature' as const, properties: {}, geometry: { type: 'Point' as const, coordinates: at } }]
      : [],
  };
}

/** The layers of issues, from below: heat, halos of what is overdue, what is chosen or aimed at, markers, rings. */
export function layers(look: IssueLook, chosen: number | undefined): LayerSpecification[] {
  const colours = COLOURS[look.theme];
  const markers = { visibility: look.hidden || look.heat ? ('none' as const) : ('visible' as const) };
  const heat = { visibility: look.heat && !look.hidden ? ('visible' as const) : ('none' as const) };
  const several: ExpressionSpecification = ['>', ['get', 'count'], 1];
  const eighths = (name: string): ExpressionSpecification => [
    'to-string',
    ['ceil', ['*', 8, ['/', ['get', name], ['get', 'count']]]],
  ];
  // a point that stands for several of one state is a ring too
  const share = (name: string, state: State): ExpressionSpecification => [
    'case',
    ['has', name],
    eighths(name),
    ['==', ['get', 'state'], state],
    '8',
    '0',
  ];
  const halo = (
    id: string,
    filter: ExpressionSpecification,
    radius: ExpressionSpecification | number,
    up: number,
  ) => ({
    id,
    type: 'circle' as const,
    source: SHOWN,
    minzoom: FROM,
    filter,
    layout: markers,
    paint: {
      'circle-radius': fromAfar(radius),
      'circle-translate': [0, up * sizeHere()] as [number, number],
      'circle-color': colours.alarm,
      'circle-opacity': 0.55,
      'circle-opacity-transition': { duration: calm() ? 0 : BLINK_MS - 50 },
      'circle-blur': 0.35,
    },
  });
  return [
    // the tiles are asked for because this layer needs them; it draws nothing
    {
      id: 'issue-tiles',
      type: 'circle',
      source: TILES,
      'source-layer': 'issues',
      layout: { visibility: look.hidden ? 'none' : 'visible' },
      paint: { 'circle-opacity': 0, 'circle-radius': 1 },
    },
    {
      id: 'issue-heat',
      type: 'heatmap',
      source: HEAT,
      layout: heat,
      paint: {
        'heatmap-weight': ['min', 12, ['get', 'count']],
        'heatmap-radius': ['interpolate', ['linear'], ['zoom'], 9, 14, 15, 38, 18, 70],
        'heatmap-intensity': ['interpolate', ['linear'], ['zoom'], 9, 0.3, 15, 0.7],
        'heatmap-opacity': 0.8,
        'heatmap-color':
          look.theme === 'day'
            ? [
                'interpolate',
                ['linear'],
                ['heatmap-density'],
                0,
                'rgba(255,255,212,0)',
                0.2,
                '#fed98e',
                0.5,
                '#fe9929',
                0.8,
                '#d95f0e',
                1,
                '#8c2d04',
              ]
            : [
                'interpolate',
                ['linear'],
                ['heatmap-density'],
                0,
                'rgba(40,11,84,0)',
                0.2,
                '#65156e',
                0.5,
                '#d44842',
                0.8,
                '#fb9b06',
                1,
                '#fcffa4',
              ],
      },
    },
    halo('issue-overdue', ['all', ['!', several], ['==', ['get', 'overdue'], 1]], 19, -12),
    halo('issue-overdue-ring', ['all', several, ['==', ['get', 'overdue'], 1]], 27, 0),
    {
      id: 'issue-chosen',
      type: 'circle',
      source: SHOWN,
      filter: ['==', ['id'], chosen ?? -1],
      layout: markers,
      paint: {
        'circle-radius': 26 * sizeHere(),
        'circle-translate': [0, -7 * sizeHere()],
        'circle-color': colours.alarm,
        'circle-opacity': 0.12,
        'circle-stroke-width': 2.5,
        'circle-stroke-color': colours.text,
      },
    },
    {
      id: 'issue-aim',
      type: 'circle',
      source: AIM,
      paint: {
        'circle-radius': 13 * sizeHere(),
        'circle-color': colours.alarm,
        'circle-opacity': 0.25,
        'circle-stroke-width': 3.5,
        'circle-stroke-color': colours.alarm,
      },
    },
    {
      id: MARKER,
      type: 'symbol',
      source: SHOWN,
      minzoom: FROM,
      filter: ['!', several],
      layout: {
        ...markers,
        'icon-image': [
          'concat',
          `issue|${look.theme}|`,
          ['get', 'state'],
          '|',
          ['get', 'group'],
          '|',
          ['to-string', ['get', 'urgent']],
          '|',
          ['to-string', ['get', 'overdue']],
        ],
        'icon-anchor': [
          'match',
          ['get', 'state'],
          ...STATES.flatMap((state) => [state, OUTLINES[state].anchor]),
          'center',
        ] as unknown as ExpressionSpecification,
        'icon-size': fromAfar(1),
        'icon-allow-overlap': true,
        // what is open stands before what waits, and what goes first before all
        'symbol-sort-key': [
          '+',
          ['*', 4, ['get', 'urgent']],
          ['*', 2, ['get', 'overdue']],
          ['case', ['==', ['get', 'state'], '待处理'], 1, 0],
        ],
      },
    },
    {
      id: RING,
      type: 'symbol',
      source: SHOWN,
      minzoom: FROM,
      filter: several,
      layout: {
        ...markers,
        'icon-image': [
          'concat',
          `issues|${look.theme}|`,
          share('open', '待处理'),
          '|',
          share('check', '待核查'),
          '|',
          share('rate', '待评价'),
          '|',
          ['to-string', ['get', 'overdue']],
        ],
        'icon-size': fromAfar(['step', ['get', 'count'], 0.9, 10, 1, 50, 1.15, 200, 1.3, 1000, 1.45]),
        'icon-allow-overlap': true,
        'text-field': [
          'case',
          ['>=', ['get', 'count'], 10000],
          ['concat', ['to-string', ['round', ['/', ['get', 'count'], 1000]]], 'k'],
          ['to-string', ['get', 'count']],
        ],
        'text-font': REGULAR,
        'text-size': fromAfar(['step', ['get', 'count'], 13, 100, 12, 1000, 11]),
        'text-allow-overlap': true,
        'text-ignore-placement': true,
      },
      paint: { 'text-color': colours.text },
    },
  ];
}
