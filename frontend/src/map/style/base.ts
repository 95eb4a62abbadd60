/** Ground and streets: the base map, drawn from our own tiles. */
import type { ExpressionSpecification, LayerSpecification } from 'maplibre-gl';
import { TEXTURED } from '../textures';
import { byValue, byZoom, oneOf, type Stops } from './expressions';
import type { Theme } from './theme';

/** Lies over the tint of the grids, so that water is blue and a park green in every grid. */
export const NATURE = ['water', 'river', 'park', 'wood', 'garden', 'green', 'sports'];

/** CSS pixels a metre at zoom 0, at 37° of latitude: a street is as wide as it is from zoom 15 on. */
const PIXELS = 512 / 40075016.7 / 0.8;

type StreetClass = keyof Theme['streets'];
type Drawn = { metres: number; least: [zoom: number, pixels: number][]; from: number };

/** Width where the file gives none, the least width on the screen, and the zoom from which a class is drawn. */
const CLASSES: Record<StreetClass, Drawn> = {
  lane: {
    metres: 4,
    from: 14,
    least: [
      [14, 0.4],
      [15, 1],
      [16, 2],
    ],
  },
  local: {
    metres: 10,
    from: 12,
    least: [
      [12, 0.3],
      [13, 0.9],
      [15, 3.4],
    ],
  },
  secondary: {
    metres: 20,
    from: 10,
    least: [
      [10, 0.3],
      [12, 1],
      [13, 2],
      [15, 6],
    ],
  },
  arterial: {
    metres: 32,
    from: 7,
    least: [
      [7, 0.4],
      [10, 1],
      [12, 2.2],
      [13, 3.6],
      [15, 9],
    ],
  },
  expressway: {
    metres: 36,
    from: 5,
    least: [
      [5, 0.4],
      [9, 1.2],
      [12, 3],
      [13, 4.4],
      [15, 11],
    ],
  },
};
const ORDER = Object.keys(CLASSES) as StreetClass[];
const MAJOR: StreetClass[] = ['arterial', 'expressway'];

/** An unknown class is drawn as a local street. */
function ofClass(drawn: StreetClass): ExpressionSpecification {
  if (drawn !== 'local') return ['==', ['get', 'class'], drawn];
  const others = ORDER.filter((one) => one !== 'local');
  return ['!', oneOf('class', others)] as unknown as ExpressionSpecification;
}

function widths(drawn: StreetClass, more: (zoom: number) => number): ExpressionSpecification {
  const { metres, least } = CLASSES[drawn];
  const stops: Stops = least.map(([zoom, pixels]) => [zoom, pixels + more(zoom)]);
  for (const zoom of [16, 20]) {
    const floor = least.at(-1)?.[1] ?? 1;
    const real = ['*', ['coalesce', ['get', 'width'], metres], PIXELS * 2 ** zoom];
    const last = stops.at(-1);
    if (last?.[0] === zoom) stops.pop();
    stops.push([zoom, ['+', ['max', floor, real], more(zoom)]]);
  }
  return byZoom(stops, 2);
}

function street(drawn: StreetClass, theme: Theme, casing: boolean): LayerSpecification {
  const { from } = CLASSES[drawn];
  const far = theme.streets[drawn];
  const near = (theme.streetsNear as Record<string, string>)[drawn];
  const edge = MAJOR.includes(drawn) ? theme.streetCasingMajor : theme.streetCasing;
  const more = (zoom: number) => (casing ? (zoom < 12 ? 0.8 : zoom < 16 ? 1.4 : 2) : 0);
  return {
    id: `street-${drawn}${casing ? '-casing' : ''}`,
    type: 'line',
    source: 'twin',
    'source-layer': 'streets',
    minzoom: from,
    filter: ofClass(drawn),
    layout: { 'line-cap': casing ? 'butt' : 'round', 'line-join': 'round' },
    paint: {
      'line-color': casing
        ? edge
        : near
          ? byZoom([
              [14, far],
              [16, near],
            ])
          : far,
      'line-width': widths(drawn, more),
      'line-opacity': byZoom([
        [from, 0],
        [from + 0.7, 1],
      ]),
    },
    metadata: { group: 'streets' },
  };
}

/** The line between the two directions of a wide street, where one is near enough to see it. */
function centre(theme: Theme): LayerSpecification {
  return {
    id: 'street-centre',
    type: 'line',
    source: 'twin',
    'source-layer': 'streets',
    minzoom: 16.5,
    filter: oneOf('class', MAJOR),
    paint: {
      'line-color': theme.streetCentre,
      'line-width': byZoom([
        [16.5, 0.8],
        [20, 3],
      ]),
      'line-opacity': byZoom([
        [16.5, 0],
        [17.2, 0.9],
      ]),
    },
    metadata: { group: 'streets' },
  };
}

/** The lanes of a wide street, as they are marked on it. */
function lanes(theme: Theme, side: number): LayerSpecification {
  const metres = ['*', ['coalesce', ['get', 'width'], 32], side];
  return {
    id: `street-lanes-${side > 0 ? 'right' : 'left'}`,
    type: 'line',
    source: 'twin',
    'source-layer': 'streets',
    minzoom: 17,
    filter: oneOf('class', MAJOR),
    paint: {
      'line-color': theme.streetLane,
      'line-width': byZoom([
        [17, 0.8],
        [20, 3],
      ]),
      'line-offset': byZoom(
        [
          [17, ['*', metres, PIXELS * 2 ** 17]],
          [20, ['*', metres, PIXELS * 2 ** 20]],
        ],
        2,
      ),
      'line-dasharray': [8, 10],
      'line-opacity': byZoom([
        [17, 0],
        [17.6, 1],
      ]),
    },
    metadata: { group: 'streets' },
  };
}

function ground(theme: Theme, nature: boolean): LayerSpecification {
  const kinds = oneOf('kind', NATURE);
  return {
    id: nature ? 'ground-nature' : 'ground',
    type: 'fill',
    source: 'twin',
    'source-layer': 'ground',
    filter: (nature ? kinds : ['!', kinds]) as ExpressionSpecification,
    paint: { 'fill-color': byValue('kind', theme.ground, theme.groundOther), 'fill-antialias': true },
    metadata: { group: 'ground' },
  };
}

/** What grows there, where one is near enough to see it. */
function texture(): LayerSpecification {
  return {
    id: 'ground-texture',
    type: 'fill',
    source: 'twin',
    'source-layer': 'ground',
    minzoom: 15.6,
    filter: oneOf('kind', TEXTURED),
    paint: {
      'fill-pattern': ['concat', 'texture-', ['get', 'kind']] as never,
      'fill-opacity': byZoom([
        [15.6, 0],
        [16.4, 0.85],
      ]),
    },
    metadata: { group: 'ground' },
  };
}

/** What lies below the grids' tint. */
export function groundLayers(theme: Theme): LayerSpecification[] {
  return [
    { id: 'background', type: 'background', paint: { 'background-color': theme.background } },
    {
      // what the viewer sees lies on its surroundings like a sheet
      id: 'area-shadow',
      type: 'fill',
      source: 'twin',
      'source-layer': 'areas',
      paint: { 'fill-color': theme.sheetEdge, 'fill-translate': [0, 4], 'fill-antialias': true },
      metadata: { group: 'ground' },
    },
    {
      id: 'area-paper',
      type: 'fill',
      source: 'twin',
      'source-layer': 'areas',
      paint: { 'fill-color': theme.paper, 'fill-antialias': false },
      metadata: { group: 'ground' },
    },
    ground(theme, false),
  ];
}

/** What lies above it. */
export function streetLayers(theme: Theme): LayerSpecification[] {
  return [
    ground(theme, true),
    texture(),
    ...ORDER.map((drawn) => street(drawn, theme, true)),
    ...ORDER.map((drawn) => street(drawn, theme, false)),
    centre(theme),
    lanes(theme, -0.25),
    lanes(theme, 0.25),
  ];
}
