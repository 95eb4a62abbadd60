/** Areas by level, and grids: the number of strokes tells the level, the band inside tells the side. */
import type { ExpressionSpecification, LayerSpecification } from 'maplibre-gl';
import { byZoom, whenSelected } from './expressions';
import type { Theme } from './theme';

const LINE = { 'line-join': 'round', 'line-cap': 'round' } as const;

export function gridLayers(theme: Theme): LayerSpecification[] {
  const hues = theme.grids.slice(0, 5).flatMap((colour, i) => [i, colour]);
  const tint = ['match', ['%', ['id'], 6], ...hues, theme.grids[5]] as unknown as ExpressionSpecification;
  const common = { source: 'twin', 'source-layer': 'grids', metadata: { group: 'grids' } } as const;
  const [far, near] = theme.gridTint;
  return [
    {
      ...common,
      id: 'grid-fill',
      type: 'fill',
      minzoom: 10,
      paint: {
        'fill-color': whenSelected(theme.select, tint),
        'fill-opacity': byZoom([
          [10, 0],
          [11, whenSelected(0.3, far)],
          [14, whenSelected(0.26, far)],
          [17, whenSelected(0.2, near)],
        ]),
        'fill-antialias': false,
      },
    },
    {
      ...common,
      id: 'grid-band',
      type: 'line',
      minzoom: 13,
      layout: { 'line-join': 'round' },
      paint: {
        'line-color': tint,
        'line-width': byZoom([
          [13, 1],
          [15, 4],
          [17, 7],
        ]),
        'line-offset': byZoom([
          [13, 0.5],
          [15, 2],
          [17, 3.5],
        ]),
        'line-opacity': byZoom([
          [13, 0],
          [14, 0.3],
          [18, 0.36],
        ]),
      },
    },
  ];
}

/** Above streets and buildings' shadows. */
export function gridLines(theme: Theme): LayerSpecification[] {
  return [
    {
      id: 'grid-line',
      type: 'line',
      source: 'twin',
      'source-layer': 'grids',
      minzoom: 11,
      layout: LINE,
      paint: {
        'line-color': theme.gridLine,
        'line-width': byZoom([
          [11, 0.4],
          [14, 1],
          [18, 1.6],
        ]),
        'line-opacity': byZoom([
          [11, 0.2],
          [12.5, 0.6],
          [15, 0.8],
        ]),
      },
      metadata: { group: 'grids' },
    },
  ];
}

type Tier = {
  id: string;
  ranks: [least: number, most: number];
  colour: string;
  /** Widths at zooms 7, 12 and 17: the whole stroke, and its pale core (0: none). */
  stroke: [number, number, number];
  core: number;
  from: number;
};

/** A community's line is one stroke, a street's a double one, what is wider a heavier double one. */
export function areaLayers(theme: Theme): LayerSpecification[] {
  const tiers: Tier[] = [
    {
      id: 'area-line',
      ranks: [50, 99],
      colour: theme.area.community,
      stroke: [0.2, 1, 2.4],
      core: 0,
      from: 9.5,
    },
    {
      id: 'area-line-street',
      ranks: [31, 49],
      colour: theme.area.street,
      stroke: [0.8, 2.6, 5],
      core: 0.34,
      from: 4,
    },
    {
      id: 'area-line-wide',
      ranks: [0, 30],
      colour: theme.area.wide,
      stroke: [1.2, 4, 7],
      core: 0.42,
      from: 0,
    },
  ];
  const common = { source: 'twin', 'source-layer': 'areas', metadata: { group: 'areas' } } as const;
  const layers = tiers.flatMap(({ id, ranks, colour, stroke, core, from }): LayerSpecification[] => {
    const filter = [
      'all',
      ['>=', ['get', 'rank'], ranks[0]],
      ['<=', ['get', 'rank'], ranks[1]],
    ] as unknown as ExpressionSpecification;
    const width = (factor: number, more = 0) =>
      byZoom([
        [7, stroke[0] * factor + more / 2],
        [12, stroke[1] * factor + more],
        [17, stroke[2] * factor + more],
      ]);
    const shown = byZoom([
      [from, 0],
      [from + 1.5, 1],
    ]);
    const band: LayerSpecification = {
      ...common,
      id: `${id}-band`,
      type: 'line',
      filter,
      minzoom: Math.max(from, 8),
      layout: { 'line-join': 'round' },
      paint: {
        'line-color': colour,
        'line-width': byZoom([
          [8, 1],
          [12, 4],
          [16, 7.5],
        ]),
        'line-offset': byZoom([
          [8, 0.5],
          [12, 2],
          [16, 3.75],
        ]),
        'line-opacity': byZoom([
          [8, 0],
          [10, core ? 0.2 : 0.1],
          [16, core ? 0.24 : 0.2],
        ]),
      },
    };
    const line = (suffix: string, paint: object): LayerSpecification =>
      ({
        ...common,
        id: `${id}${suffix}`,
        type: 'line',
        filter,
        minzoom: from,
        layout: LINE,
        paint,
      }) as LayerSpecification;
    return [
      band,
      line('-casing', {
        'line-color': theme.areaHalo,
        'line-width': width(1, 2.2),
        'line-opacity': byZoom([
          [from, 0],
          [12, 0.75],
        ]),
      }),
      line('', { 'line-color': colour, 'line-width': width(1), 'line-opacity': shown }),
      ...(core
        ? [
            line('-core', {
              'line-color': theme.areaHalo,
              'line-width': width(core),
              'line-opacity': byZoom([
                [8, 0],
                [11, 0.95],
              ]),
            }),
          ]
        : []),
    ];
  });
  const selected: LayerSpecification = {
    ...common,
    id: 'area-selected',
    type: 'line',
    layout: LINE,
    filter: ['==', ['get', 'code'], ''],
    paint: {
      'line-color': theme.select,
      'line-width': byZoom([
        [8, 2],
        [14, 4.5],
      ]),
    },
  };
  // over the lines of areas, with which a grid often shares its border
  const grid: LayerSpecification = {
    id: 'grid-selected',
    type: 'line',
    source: 'twin',
    'source-layer': 'grids',
    minzoom: 11,
    layout: LINE,
    paint: {
      'line-color': theme.select,
      'line-width': byZoom([
        [11, 2],
        [14, 3],
        [18, 4.5],
      ]),
      'line-opacity': whenSelected(1, 0),
    },
    metadata: { group: 'grids' },
  };
  return [...layers, grid, selected];
}
