/** Ground and streets: the base map, drawn from our own tiles. */
import type { ExpressionSpecification, LayerSpecification } from 'maplibre-gl';
import type { Theme } from './theme';

/** A colour by the value of a property; what has no colour of its own gets `other`. */
export function byValue(
  property: string,
  colours: Record<string, string>,
  other: string,
): ExpressionSpecification {
  const pairs = Object.entries(colours).flat();
  return ['match', ['get', property], ...pairs, other] as unknown as ExpressionSpecification;
}

const width = (stops: [number, number][], more = 0): ExpressionSpecification =>
  [
    'interpolate',
    ['exponential', 1.6],
    ['zoom'],
    ...stops.flatMap(([zoom, w]) => [zoom, w + (w ? more : 0)]),
  ] as unknown as ExpressionSpecification;

const CLASSES: Record<string, [number, number][]> = {
  lane: [
    [14, 0],
    [15, 1],
    [18, 6],
    [20, 20],
  ],
  local: [
    [12, 0],
    [13, 0.8],
    [16, 5],
    [20, 42],
  ],
  secondary: [
    [11, 0.3],
    [13, 1.8],
    [16, 9],
    [20, 70],
  ],
  arterial: [
    [8, 0.4],
    [11, 1.2],
    [13, 3],
    [16, 14],
    [20, 100],
  ],
};
const MAJOR = ['expressway', 'arterial'];

/** Every class is drawn as one of four widths; an unknown one as a local street. */
function ofClass(drawn: string): ExpressionSpecification {
  const named = drawn === 'arterial' ? MAJOR : [drawn];
  if (drawn !== 'local') return ['in', ['get', 'class'], ['literal', named]];
  return ['!', ['in', ['get', 'class'], ['literal', ['lane', 'secondary', ...MAJOR]]]];
}

function street(drawn: string, theme: Theme, casing: boolean): LayerSpecification {
  const stops = CLASSES[drawn] ?? [];
  const fill = drawn === 'arterial' ? theme.streetMajor : theme.streetFill;
  return {
    id: `street-${drawn}${casing ? '-casing' : ''}`,
    type: 'line',
    source: 'twin',
    'source-layer': 'streets',
    filter: ofClass(drawn),
    layout: { 'line-cap': 'round', 'line-join': 'round' },
    paint: {
      'line-color': casing ? theme.streetCasing : fill,
      'line-width': width(stops, casing ? 1.6 : 0),
    },
    metadata: { group: 'streets' },
  };
}

export function baseLayers(theme: Theme): LayerSpecification[] {
  const order = ['lane', 'local', 'secondary', 'arterial'];
  return [
    { id: 'background', type: 'background', paint: { 'background-color': theme.background } },
    {
      id: 'ground',
      type: 'fill',
      source: 'twin',
      'source-layer': 'ground',
      metadata: { group: 'ground' },
      paint: { 'fill-color': byValue('kind', theme.ground, theme.groundOther), 'fill-antialias': true },
    },
    ...order.map((drawn) => street(drawn, theme, true)),
    ...order.map((drawn) => street(drawn, theme, false)),
  ];
}
