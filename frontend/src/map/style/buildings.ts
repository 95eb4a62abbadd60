/** Buildings: flat from afar, solid from near, standing on a soft shadow; use gives the hue, height the light. */
import type { ExpressionSpecification, LayerSpecification } from 'maplibre-gl';
import { byValue, byZoom, whenSelected } from './expressions';
import type { Theme } from './theme';

const HEIGHT = [
  'coalesce',
  ['get', 'height'],
  ['*', 3, ['coalesce', ['get', 'levels'], 2]],
] as unknown as ExpressionSpecification;

/** Shadows fall north-east, longer for the taller: metres of height, and pixels at zoom 17. */
const SHADOWS: [id: string, above: number, upTo: number, pixels: number][] = [
  ['low', 0, 10, 2],
  ['middle', 10, 30, 5],
  ['tall', 30, 60, 8],
  ['tower', 60, 2000, 11],
];

export function buildingLayers(theme: Theme): { flat: LayerSpecification[]; solid: LayerSpecification[] } {
  const low = byValue('use', theme.building, theme.buildingOther);
  const high = byValue('use', theme.tower, theme.towerOther);
  const shade = ['interpolate', ['linear'], HEIGHT, 9, low, 80, high] as unknown as ExpressionSpecification;
  const colour = whenSelected(theme.select, shade);
  const common = { source: 'near', 'source-layer': 'buildings', metadata: { group: 'buildings' } } as const;
  const shadows = SHADOWS.map(([id, above, upTo, pixels]): LayerSpecification => {
    const moved = (share: number) => ['literal', [pixels * share * 0.55, -pixels * share]];
    return {
      ...common,
      id: `building-shadow-${id}`,
      type: 'fill',
      minzoom: 14.5,
      filter: ['all', ['>', HEIGHT, above], ['<=', HEIGHT, upTo]] as unknown as ExpressionSpecification,
      paint: {
        'fill-color': theme.shadow,
        'fill-opacity': byZoom([
          [14.5, 0],
          [15.2, theme.shadowOpacity],
        ]),
        'fill-translate': byZoom(
          [
            [15, moved(0.25)],
            [17, moved(1)],
            [20, moved(8)],
          ],
          2,
        ) as never,
        'fill-antialias': false,
      },
    };
  });
  return {
    flat: [
      ...shadows,
      {
        ...common,
        id: 'building-contact',
        type: 'line',
        minzoom: 15,
        layout: { 'line-join': 'round' },
        paint: {
          'line-color': theme.shadow,
          'line-width': byZoom([
            [15, 2],
            [18, 9],
            [20, 18],
          ]),
          'line-blur': byZoom([
            [15, 2],
            [18, 8],
            [20, 16],
          ]),
          'line-opacity': theme.shadowOpacity * 1.6,
        },
      },
      {
        ...common,
        id: 'building-flat',
        type: 'fill',
        minzoom: 12,
        maxzoom: 15.5,
        paint: {
          'fill-color': colour,
          'fill-opacity': byZoom([
            [12, 0],
            [13, 0.9],
          ]),
        },
      },
      {
        ...common,
        id: 'building-edge',
        type: 'line',
        minzoom: 13.5,
        layout: { 'line-join': 'round' },
        paint: {
          'line-color': theme.buildingLine,
          'line-width': byZoom([
            [13.5, 0.4],
            [16, 0.9],
            [19, 1.4],
          ]),
          'line-opacity': byZoom([
            [13.5, 0],
            [14.5, 0.8],
          ]),
        },
      },
    ],
    solid: [
      {
        ...common,
        id: 'building-solid',
        type: 'fill-extrusion',
        minzoom: 14.3,
        paint: {
          'fill-extrusion-color': colour,
          'fill-extrusion-height': byZoom([
            [14.3, 0.2],
            [15.2, HEIGHT],
          ]),
          'fill-extrusion-opacity': byZoom([
            [14.3, 0],
            [14.8, 0.97],
          ]),
          'fill-extrusion-vertical-gradient': true,
        },
      },
    ],
  };
}
