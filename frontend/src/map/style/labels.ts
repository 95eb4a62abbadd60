/** Chinese labels in several sizes: one point in each polygon, wider areas first, none over another. */
import type { ExpressionSpecification, LayerSpecification, SymbolLayerSpecification } from 'maplibre-gl';
import type { Theme } from './theme';

const REGULAR = ['Noto Sans CJK SC', 'Microsoft YaHei', 'PingFang SC'];
const BOLD = ['Noto Sans CJK SC Bold', ...REGULAR];

/** Layers that are asked for only from zoom 13 on. */
const NEAR = new Set(['buildings_label', 'facilities']);

type Label = {
  id: string;
  layer: string;
  group: string;
  colour: string;
  size: [zoom: number, size: number][];
  bold?: boolean;
  minzoom?: number;
  maxzoom?: number;
  filter?: unknown;
  field?: unknown;
  spacing?: number;
  sort?: unknown;
};

function label(of: Label, theme: Theme): SymbolLayerSpecification {
  return {
    id: of.id,
    type: 'symbol',
    source: NEAR.has(of.layer) ? 'near' : 'twin',
    'source-layer': of.layer,
    ...(of.minzoom ? { minzoom: of.minzoom } : {}),
    ...(of.maxzoom ? { maxzoom: of.maxzoom } : {}),
    ...(of.filter ? { filter: of.filter as ExpressionSpecification } : {}),
    layout: {
      'text-field': (of.field ?? ['get', 'name']) as ExpressionSpecification,
      'text-font': of.bold ? BOLD : REGULAR,
      'text-size': [
        'interpolate',
        ['linear'],
        ['zoom'],
        ...of.size.flat(),
      ] as unknown as ExpressionSpecification,
      'text-letter-spacing': of.spacing ?? 0.04,
      'text-max-width': 8,
      'text-padding': 4,
      ...(of.sort ? { 'symbol-sort-key': of.sort as ExpressionSpecification } : {}),
    },
    paint: {
      'text-color': of.colour,
      'text-halo-color': theme.halo,
      'text-halo-width': 1.6,
      'text-halo-blur': 0.4,
    },
    metadata: { group: of.group },
  };
}

const level = (...codes: string[]) => ['in', ['get', 'level'], ['literal', codes]];
const WATER = ['in', ['get', 'kind'], ['literal', ['water', 'river']]];
const GREEN = ['in', ['get', 'kind'], ['literal', ['park', 'school']]];
/** 金都花园12号楼 reads 12号楼 on the building: the estate's name stands beside it. */
const SHORT = [
  'case',
  [
    'all',
    ['has', 'estate'],
    ['==', ['slice', ['get', 'name'], 0, ['length', ['get', 'estate']]], ['get', 'estate']],
  ],
  ['slice', ['get', 'name'], ['length', ['get', 'estate']]],
  ['coalesce', ['get', 'name'], ''],
];

/** In drawing order: what is named first here gives way to what comes later. */
export function labelLayers(theme: Theme): LayerSpecification[] {
  const text = (of: Label) => label(of, theme);
  return [
    text({
      id: 'label-building',
      layer: 'buildings_label',
      group: 'labels',
      colour: theme.textSoft,
      minzoom: 16.5,
      size: [
        [16, 10],
        [19, 14],
      ],
      field: SHORT,
    }),
    {
      ...text({
        id: 'label-street',
        layer: 'streets',
        group: 'labels',
        colour: theme.textSoft,
        minzoom: 13,
        size: [
          [13, 10],
          [18, 15],
        ],
        filter: ['has', 'name'],
      }),
      layout: {
        'symbol-placement': 'line',
        'text-field': ['get', 'name'],
        'text-font': REGULAR,
        'symbol-spacing': 420,
        'text-size': ['interpolate', ['linear'], ['zoom'], 13, 10, 18, 15],
        'text-letter-spacing': 0.12,
        'text-padding': 8,
        'symbol-sort-key': ['match', ['get', 'class'], ['expressway', 'arterial'], 0, 'secondary', 1, 2],
      },
    } as SymbolLayerSpecification,
    {
      ...text({
        id: 'label-facility',
        layer: 'facilities',
        group: 'facilities',
        colour: theme.facilityInk,
        minzoom: 17,
        size: [
          [17, 10],
          [20, 13],
        ],
        filter: ['has', 'name'],
      }),
      layout: {
        'text-field': ['get', 'name'],
        'text-font': REGULAR,
        'text-size': 11,
        'text-anchor': 'top',
        'text-offset': [0, 1.1],
        'text-max-width': 8,
        'text-padding': 4,
      },
    } as SymbolLayerSpecification,
    text({
      id: 'label-green',
      layer: 'ground_label',
      group: 'labels',
      colour: theme.textGreen,
      minzoom: 13.5,
      size: [
        [13, 11],
        [18, 15],
      ],
      filter: ['all', GREEN, ['has', 'name']],
    }),
    text({
      id: 'label-water',
      layer: 'ground_label',
      group: 'labels',
      colour: theme.textWater,
      minzoom: 12,
      size: [
        [12, 12],
        [18, 20],
      ],
      filter: ['all', WATER, ['has', 'name']],
      spacing: 0.2,
    }),
    text({
      id: 'label-grid',
      layer: 'grids_label',
      group: 'grids',
      colour: theme.textGrid,
      minzoom: 13.2,
      maxzoom: 18,
      size: [
        [13, 10],
        [17, 16],
      ],
      bold: true,
    }),
    text({
      id: 'label-community',
      layer: 'areas_label',
      group: 'areas',
      colour: theme.textArea,
      minzoom: 11.2,
      maxzoom: 17,
      size: [
        [11, 10],
        [15, 19],
      ],
      filter: ['!', level('province', 'city', 'county', 'street')],
      bold: true,
    }),
    text({
      id: 'label-town',
      layer: 'areas_label',
      group: 'areas',
      colour: theme.textArea,
      minzoom: 9,
      maxzoom: 14,
      size: [
        [9, 11],
        [13, 24],
      ],
      filter: level('street'),
      bold: true,
      spacing: 0.15,
    }),
    text({
      id: 'label-county',
      layer: 'areas_label',
      group: 'areas',
      colour: theme.textArea,
      maxzoom: 11,
      size: [
        [6, 12],
        [11, 24],
      ],
      filter: level('province', 'city', 'county'),
      bold: true,
      spacing: 0.25,
    }),
  ];
}
