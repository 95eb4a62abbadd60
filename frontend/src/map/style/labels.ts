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
  /** What has to fit, where that is not all of the field. */
  fitting?: unknown;
  /** Width of the text against the side of a square as large as the polygon; none: always shown. */
  fit?: number;
  layout?: object;
};

/** Whether the viewer gets standard addresses, and in which words sizes are told. */
type More = { fine?: boolean; language?: 'zh' | 'en' };

const NAME = ['coalesce', ['get', 'name'], ''];

/** Whether a text of so many characters at 12 px fits into the polygon; `room` is its side in pixels of the tile. */
function fits(field: unknown, share: number): unknown {
  const grown = ['^', 2, ['max', 0, ['-', ['zoom'], 17]]];
  const room = ['*', ['coalesce', ['get', 'room'], 9999], share, grown];
  return ['<=', ['*', 12, ['length', field]], room];
}

function label(of: Label, theme: Theme, scale: number): SymbolLayerSpecification {
  const field = of.field ?? NAME;
  const conditions = [of.filter, of.fit && fits(of.fitting ?? field, of.fit / scale)].filter(Boolean);
  return {
    id: of.id,
    type: 'symbol',
    source: { buildings_label: 'near', addresses: 'fine' }[of.layer] ?? 'twin',
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
/** From near, its storeys, stairwells and households, as far as they are known: 6层 3单元 36户. */
function sized(language: 'zh' | 'en'): unknown {
  const units = { zh: ['层', '单元', '户'], en: [' fl.', ' st.', ' hh.'] }[language];
  const told = (property: string, unit: string, above: number) => [
    'case',
    ['>', ['coalesce', ['get', property], 0], above],
    ['concat', ' ', ['to-string', ['get', property]], unit],
    '',
  ];
  const size = [
    'concat',
    told('levels', units[0] as string, 0),
    told('units', units[1] as string, 1),
    told('households', units[2] as string, 0),
  ];
  const below = (name: unknown) => ['format', name, {}, '\n', {}, size, { 'font-scale': 0.8 }];
  // from very near the estate may be out of sight: both then
  return ['step', ['zoom'], NUMBER, 18, below(NUMBER), 19, below(NAME)];
}
/** 亚运村第3网格 reads 3 and from nearer 第3网格 while the community's name stands over its grids. */
const ORDINAL = ['index-of', '第', NAME];
const ENDS_AS_GRID = ['==', ['slice', NAME, ['max', 0, ['-', ['length', NAME], 2]]], '网格'];
const GRID = [
  'step',
  ['zoom'],
  [
    'case',
    ['all', ['>', ORDINAL, 0], ENDS_AS_GRID],
    ['slice', NAME, ['+', ORDINAL, 1], ['-', ['length', NAME], 2]],
    NAME,
  ],
  15.2,
  ['case', ['>', ORDINAL, 0], ['slice', NAME, ORDINAL], NAME],
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
  18.6,
  15,
];

function near(
  text: (of: Label) => LayerSpecification,
  theme: Theme,
  { fine = false, language = 'zh' }: More,
): LayerSpecification[] {
  const doors: Label[] = [
    {
      id: 'label-door',
      layer: 'addresses',
      group: 'addresses',
      colour: theme.textSoft,
      minzoom: 19.5,
      size: [
        [19.5, 9],
        [21, 12],
      ],
      field: ['coalesce', ['get', 'room'], ''],
      // from the ground floor up; the dot stays to be seen
      layout: {
        'text-padding': 1,
        'text-anchor': 'left',
        'text-offset': [0.5, 0],
        'symbol-sort-key': ['to-number', ['get', 'room'], 0] as never,
      },
    },
    {
      id: 'label-unit',
      layer: 'addresses',
      group: 'addresses',
      colour: theme.textStairs,
      minzoom: 18,
      size: [
        [18, 10],
        [20, 14],
      ],
      font: MEDIUM,
      field: ['coalesce', ['get', 'unit'], ''],
      filter: ['has', 'unit'],
      layout: {
        'text-padding': 10,
        'text-variable-anchor': ['bottom', 'top', 'center'],
        'text-radial-offset': 0.7,
        // the lowest door of each stairwell bears its name
        'symbol-sort-key': ['to-number', ['get', 'room'], 0] as never,
      },
    },
  ];
  return [
    ...(fine ? doors.map(text) : []),
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
      field: sized(language),
      fitting: NUMBER,
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
        'symbol-spacing': byZoom([
          [15, 460],
          [18, 560],
          [20, 1000],
        ]),
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
        // where a ring of issues stands on the middle, the name goes beside it rather than away
        'text-variable-anchor-offset': [
          'center',
          [0, 0],
          'top',
          [0, 0.7],
          'bottom',
          [0, -0.7],
          'top',
          [0, 1.6],
          'bottom',
          [0, -1.6],
        ] as never,
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
export function labelLayers(theme: Theme, scale: number, more: More = {}): LayerSpecification[] {
  const text = (of: Label) => label(of, theme, scale);
  return [
    ...near(text, theme, more),
    ...facilityLayers(theme, scale, REGULAR),
    ...places(text, theme),
    ...governed(text, theme),
  ];
}
