/** What the twin holds: areas by level, grids, buildings, facilities. */
import type { ExpressionSpecification, LayerSpecification } from 'maplibre-gl';
import { byValue } from './base';
import type { Theme } from './theme';

const selected = (
  on: number | string,
  off: number | string | ExpressionSpecification,
): ExpressionSpecification =>
  ['case', ['boolean', ['feature-state', 'selected'], false], on, off] as unknown as ExpressionSpecification;

const height: ExpressionSpecification = [
  'coalesce',
  ['get', 'height'],
  ['*', 3, ['coalesce', ['get', 'levels'], 2]],
];

export function gridLayers(theme: Theme): LayerSpecification[] {
  const tint = [
    'match',
    ['%', ['id'], 6],
    ...theme.grids.slice(0, 5).flatMap((c, i) => [i, c]),
    theme.grids[5],
  ];
  const common = { source: 'twin', 'source-layer': 'grids', metadata: { group: 'grids' } } as const;
  return [
    {
      ...common,
      id: 'grid-fill',
      type: 'fill',
      minzoom: 11,
      paint: {
        'fill-color': tint as unknown as ExpressionSpecification,
        'fill-opacity': selected(0.34, theme.name === 'day' ? 0.13 : 0.16),
      },
    },
    {
      ...common,
      id: 'grid-line',
      type: 'line',
      minzoom: 11,
      layout: { 'line-join': 'round' },
      paint: {
        'line-color': selected(theme.select, theme.gridLine),
        'line-width': [
          'interpolate',
          ['linear'],
          ['zoom'],
          11,
          selected(2, 0.4),
          14,
          selected(3, 1),
          18,
          selected(4, 2),
        ] as unknown as ExpressionSpecification,
        'line-opacity': 0.75,
        'line-dasharray': [4, 2],
      },
    },
  ];
}

/** The wider the level, the heavier its line; a pale casing under it keeps it apart from streets and grids. */
export function areaLayers(theme: Theme): LayerSpecification[] {
  const widths = (factor: number): ExpressionSpecification =>
    [
      'interpolate',
      ['linear'],
      ['zoom'],
      8,
      [
        'match',
        ['get', 'level'],
        ['province', 'city', 'county'],
        1.8 * factor,
        ['street'],
        1 * factor,
        0.4 * factor,
      ],
      16,
      [
        'match',
        ['get', 'level'],
        ['province', 'city', 'county'],
        6 * factor,
        ['street'],
        4.5 * factor,
        3 * factor,
      ],
    ] as unknown as ExpressionSpecification;
  const common = { source: 'twin', 'source-layer': 'areas', metadata: { group: 'areas' } } as const;
  const line = { 'line-join': 'round' } as const;
  return [
    {
      ...common,
      id: 'area-casing',
      type: 'line',
      layout: line,
      paint: { 'line-color': theme.areaHalo, 'line-width': widths(2), 'line-opacity': 0.6 },
    },
    {
      ...common,
      id: 'area-line',
      type: 'line',
      layout: line,
      paint: { 'line-color': theme.area, 'line-width': widths(1), 'line-opacity': 0.85 },
    },
    {
      ...common,
      id: 'area-selected',
      type: 'line',
      layout: line,
      filter: ['==', ['get', 'code'], ''],
      paint: { 'line-color': theme.select, 'line-width': 4 },
    },
  ];
}

export function buildingLayers(theme: Theme): LayerSpecification[] {
  const colour = selected(theme.select, byValue('use', theme.building, theme.buildingOther));
  const common = { source: 'near', 'source-layer': 'buildings', metadata: { group: 'buildings' } } as const;
  return [
    {
      ...common,
      id: 'building-flat',
      type: 'fill',
      minzoom: 13,
      maxzoom: 15.5,
      paint: {
        'fill-color': colour,
        'fill-outline-color': theme.buildingLine,
        'fill-opacity': ['interpolate', ['linear'], ['zoom'], 13, 0.75, 15, 1, 15.5, 0.4],
      },
    },
    {
      ...common,
      id: 'building-solid',
      type: 'fill-extrusion',
      minzoom: 15,
      paint: {
        'fill-extrusion-color': colour,
        'fill-extrusion-height': ['interpolate', ['linear'], ['zoom'], 15, ['*', 0.2, height], 16, height],
        'fill-extrusion-opacity': 0.92,
        'fill-extrusion-vertical-gradient': true,
      },
    },
  ];
}

/** Points first, names from closer: a pictogram of its category on a quiet disc. */
export function facilityLayers(theme: Theme): LayerSpecification[] {
  const common = { source: 'near', 'source-layer': 'facilities', metadata: { group: 'facilities' } } as const;
  const quiet = [
    'in',
    ['get', 'category'],
    ['literal', ['camera', 'hydrant', 'waste_sorting', 'charging', 'aed']],
  ];
  return [
    {
      ...common,
      id: 'facility-dot',
      type: 'circle',
      minzoom: 13,
      maxzoom: 15,
      filter: ['!', quiet] as unknown as ExpressionSpecification,
      paint: {
        'circle-radius': ['interpolate', ['linear'], ['zoom'], 13, 2, 15, 4],
        'circle-color': theme.facilityInk,
        'circle-stroke-color': theme.facility,
        'circle-stroke-width': 1,
      },
    },
    {
      ...common,
      id: 'facility-icon',
      type: 'symbol',
      minzoom: 15,
      layout: {
        'icon-image': ['concat', 'facility-', ['get', 'category']],
        'icon-size': ['interpolate', ['linear'], ['zoom'], 15, 0.4, 18, 0.6],
        'icon-padding': 1,
        'symbol-sort-key': ['case', quiet as unknown as ExpressionSpecification, 2, 1],
      },
    },
  ];
}
