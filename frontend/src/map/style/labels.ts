/** Chinese labels in several sizes: one point in each polygon, where there is room for it, none over another. */
import type { ExpressionSpecification, LayerSpecification, SymbolLayerSpecification } from 'maplibre-gl';
import { byZoom, oneOf } from './expressions';
import { facilityLayers } from './facilities';
import type { Theme } from './theme';

export const REGULAR = ['Noto Sans CJK SC', 'Microsoft YaHei', 'PingFang SC'];
const MEDIUM = ['Noto Sans CJK SC Medium', ...REGULAR];
const BOLD = ['Noto Sans CJK SC Bold', ...REGULAR];

type Label = {
  id: string;
  layer: string;
  group: string;
  colour: string;
  size: [zoom: number, size: number][];
  font?: string[];
  minzoom?: number;
  maxzoom?: number;
  filter?: unknown;
  field?: unknown;
  /** Width of the text against the side of a square as large as the polygon; none: always shown. */
  fit?: number;
  layout?: object;
};

const NAME = ['coalesce', ['get', 'name'], ''];

/** Whether a text of so many characters at 12 px fits into the polygon; `room` is its side in pixels of the tile. */
function fits(field: unknown, share: number): unknown {
  const grown = ['^', 2, ['max', 0, ['-', ['zoom'], 17]]];
  const room = ['*', ['coalesce', ['get', 'room'], 9999], share, grown];
  return ['<=', ['*', 12, ['length', field]], room];
}

function label(of: Label, theme: Theme, scale: number): SymbolLayerSpecification {
  const field = of.field ?? NAME;
  const conditions = [of.filter, of.fit && fits(field, of.fit / scale)].filter(Boolean);
  return {
    id: of.id,
    type: 'symbol',
    source: of.layer === 'buildings_label' ? 'near' : 'twin',
    'source-layer': of.layer,
    ...(of.minzoom ? { minzoom: of.minzoom } : {}),
    ...(of.maxzoom ? { maxzoom: of.maxzoom } : {}),
    ...(conditions.length ? { filter: ['all', ...conditions] as unknown as ExpressionSpecification } : {}),
    layout: {
      'text-field': field as ExpressionSpecification,
      'text-font': of.font ?? REGULAR,
      'text-size': byZoom(of.size.map(([zoom, size]) => [zoom, size * scale])),
      'text-letter-spacing': 0.04,
      'text-line-height': 1.15,
      'text-max-width': 7,
      'text-padding': 5,
      ...of.layout,
    },
    paint: {
      'text-color': of.colour,
      'text-halo-color': theme.halo,
      'text-halo-width': 1.7 * scale,
      'text-halo-blur': 0.4,
    },
    metadata: { group: of.group },
  };
}

const rank = (least: number, most: number) => [
  'all',
  ['>=', ['get', 'rank'], least],
  ['<=', ['get', 'rank'], most],
];
/** 金都花园12号楼 reads 12号楼 on the building: the estate's name stands beside it. */
const NUMBER = [
  'case',
  [
    'all',
    ['has', 'estate'],
    ['==', ['slice', ['get', 'name'], 0, ['length', ['get', 'estate']]], ['get', 'estate']],
  ],
  ['slice', ['get', 'name'], ['length', ['get', 'estate']]],
  NAME,
];
/** From very near the estate may be out of sight: both then. */
const NUMBER_OR_NAME = ['step', ['zoom'], NUMBER, 19, NAME];
/** 亚运村第3网格 reads 第3网格 while the community's name stands over its grids. */
const GRID = [
  'step',
  ['zoom'],
  ['case', ['>', ['index-of', '第', NAME], 0], ['slice', ['get', 'name'], ['index-of', '第', NAME]], NAME],
  16,
  NAME,
];
/** Wide streets are named first. */
const STREET_FROM = [
  'match',
  ['get', 'class'],
  ['expressway', 'arterial'],
  12,
  'secondary',
  13,
  'lane',
  18,
  15,
];

function near(text: (of: Label) => LayerSpecification, theme: Theme): LayerSpecification[] {
  return [
    text({
      id: 'label-building',
      layer: 'buildings_label',
      group: 'labels',
      colour: theme.textSoft,
      minzoom: 16,
      size: [
        [16, 10],
        [18, 12.5],
        [20, 16],
      ],
      field: NUMBER_OR_NAME,
      fit: 2.2,
      layout: { 'text-padding': 2 },
    }),
    text({
      id: 'label-street',
      layer: 'streets',
      group: 'labels',
      colour: theme.textStreet,
      minzoom: 12,
      size: [
        [12, 10],
        [15, 12],
        [18, 15],
        [20, 18],
      ],
      filter: ['all', ['has', 'name'], ['<=', STREET_FROM, ['zoom']]],
      layout: {
        'symbol-placement': 'line',
        'symbol-spacing': 460,
        'text-letter-spacing': 0.16,
        'text-padding': 10,
        'text-max-angle': 30,
        'symbol-sort-key': STREET_FROM,
      },
    }),
  ];
}

function places(text: (of: Label) => LayerSpecification, theme: Theme): LayerSpecification[] {
  return [
    text({
      id: 'label-place',
      layer: 'ground_label',
      group: 'labels',
      colour: theme.textSoft,
      minzoom: 15,
      maxzoom: 19,
      size: [
        [15, 10.5],
        [18, 13.5],
      ],
      filter: oneOf('kind', ['industrial', 'commercial', 'public']),
      fit: 1.1,
    }),
    text({
      id: 'label-green',
      layer: 'ground_label',
      group: 'labels',
      colour: theme.textGreen,
      minzoom: 13,
      size: [
        [13, 11],
        [18, 14.5],
      ],
      // from 16 on parks and schools are named by their facility's pictogram
      filter: ['step', ['zoom'], oneOf('kind', ['park', 'school']), 16, oneOf('kind', ['garden'])],
      fit: 1.1,
    }),
    text({
      id: 'label-estate',
      layer: 'ground_label',
      group: 'labels',
      colour: theme.textEstate,
      minzoom: 14,
      maxzoom: 19.5,
      size: [
        [14, 10.5],
        [16, 13],
        [18, 17],
      ],
      font: MEDIUM,
      filter: oneOf('kind', ['residential']),
      fit: 0.9,
      // the grid's label often has the same middle: the estate's goes below or above it
      layout: { 'text-variable-anchor': ['center', 'top', 'bottom'], 'text-radial-offset': 0.8 },
    }),
    text({
      id: 'label-water',
      layer: 'ground_label',
      group: 'labels',
      colour: theme.textWater,
      minzoom: 12,
      size: [
        [12, 11.5],
        [18, 19],
      ],
      filter: oneOf('kind', ['water', 'river']),
      fit: 1,
      layout: { 'text-letter-spacing': 0.2 },
    }),
  ];
}

function governed(text: (of: Label) => LayerSpecification, theme: Theme): LayerSpecification[] {
  return [
    text({
      id: 'label-grid',
      layer: 'grids_label',
      group: 'grids',
      colour: theme.textGrid,
      minzoom: 13.3,
      maxzoom: 19,
      size: [
        [13, 10],
        [16, 13],
        [18, 16],
      ],
      font: BOLD,
      field: GRID,
      fit: 0.9,
    }),
    text({
      id: 'label-community',
      layer: 'areas_label',
      group: 'areas',
      colour: theme.textArea,
      minzoom: 10.5,
      maxzoom: 17.5,
      size: [
        [10, 10],
        [12, 12],
        [15, 19],
        [17, 24],
      ],
      font: BOLD,
      filter: rank(50, 99),
      fit: 1.6,
      layout: {
        'text-padding': 1,
        'text-variable-anchor': ['center', 'top', 'bottom'],
        'text-radial-offset': 0.7,
      },
    }),
    text({
      id: 'label-town',
      layer: 'areas_label',
      group: 'areas',
      colour: theme.textArea,
      minzoom: 7,
      size: [
        [7, 10],
        [10, 14],
        [13, 20],
      ],
      font: BOLD,
      // while it is seen as a whole
      filter: ['all', rank(31, 49), ['<=', ['coalesce', ['get', 'room'], 0], 450]],
      layout: {
        'text-letter-spacing': 0.14,
        'text-max-width': 20,
        'text-padding': byZoom([
          [7, 30],
          [10, 4],
        ]),
      },
    }),
    text({
      id: 'label-county',
      layer: 'areas_label',
      group: 'areas',
      colour: theme.textArea,
      size: [
        [4, 11],
        [8, 15],
        [11, 24],
      ],
      font: BOLD,
      filter: ['all', rank(0, 30), ['<=', ['coalesce', ['get', 'room'], 0], 700]],
      layout: { 'text-letter-spacing': 0.24, 'text-max-width': 20 },
    }),
  ];
}

/** In drawing order: what is named first here gives way to what comes later. */
export function labelLayers(theme: Theme, scale: number): LayerSpecification[] {
  const text = (of: Label) => label(of, theme, scale);
  return [
    ...near(text, theme),
    ...facilityLayers(theme, scale, REGULAR),
    ...places(text, theme),
    ...governed(text, theme),
  ];
}
