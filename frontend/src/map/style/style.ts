/** The whole style of one theme, without glyphs or sprites: text is drawn by the browser's own fonts. */
import type { LayerSpecification, StyleSpecification } from 'maplibre-gl';
import { areaLayers, gridLayers, gridLines } from './areas';
import { groundLayers, streetLayers } from './base';
import { buildingLayers } from './buildings';
import { byZoom } from './expressions';
import { labelLayers } from './labels';
import { type Theme, themes } from './theme';

const FAR = 'ground,ground_label,streets,areas,areas_label,grids,grids_label';
const NEAR = 'buildings,buildings_label,facilities';
/** Groups that the layer panel can hide. */
export const GROUPS = [
  'areas',
  'grids',
  'buildings',
  'addresses',
  'facilities',
  'streets',
  'ground',
  'labels',
] as const;

export type StyleWish = {
  theme: 'day' | 'night';
  gridKind: string;
  hidden: string[];
  origin: string;
  /** The background that is chosen: its code, and the last zoom that it has pictures for. */
  picture?: { code: string; max_zoom: number } | undefined;
  /** Whether standard addresses are asked for: only some roles get them. */
  fine?: boolean;
  language?: 'zh' | 'en';
  /** How much larger texts and pictograms are; by default as the screen needs it. */
  scale?: number;
};

/** A picture in place of the ground; by night it is dimmed. */
function pictureLayers(theme: Theme): LayerSpecification[] {
  const dark = theme.name === 'night';
  return [
    { id: 'background', type: 'background', paint: { 'background-color': theme.background } },
    {
      id: 'picture',
      type: 'raster',
      source: 'picture',
      paint: { 'raster-brightness-max': dark ? 0.55 : 1, 'raster-saturation': dark ? -0.35 : -0.1 },
      metadata: { group: 'ground' },
    },
  ];
}

/** Streets on a picture are a veil: the picture shows them itself, and the ground is its own. */
function overPicture(layer: LayerSpecification): LayerSpecification[] {
  if (layer.type !== 'line' || /-casing$|^street-(lanes|centre)/.test(layer.id)) return [];
  return [{ ...layer, paint: { ...layer.paint, 'line-opacity': 0.42 } }];
}

/** Standard addresses: a dot for each household, from very near. */
function addressLayer(theme: Theme): LayerSpecification {
  return {
    id: 'address-dot',
    type: 'circle',
    source: 'fine',
    'source-layer': 'addresses',
    minzoom: 18,
    paint: {
      'circle-radius': byZoom([
        [18, 1],
        [20, 2.6],
        [21, 4],
      ]),
      'circle-color': theme.address,
      'circle-stroke-color': theme.halo,
      'circle-stroke-width': byZoom([
        [19, 0],
        [20, 0.8],
      ]),
      'circle-opacity': byZoom([
        [18, 0],
        [18.5, 0.9],
      ]),
      'circle-stroke-opacity': byZoom([
        [18, 0],
        [18.5, 0.9],
      ]),
    },
    metadata: { group: 'addresses' },
  };
}

/** How much larger than at arm's length: a wall is thousands of pixels wide, with large ones, and is seen from metres. */
export function sizeOn(width: number, pixelRatio: number): number {
  return pixelRatio >= 1.5 ? 1 : Math.min(1.8, Math.max(1, width / 2200));
}

/** `sizeOn` for the screen that this page is on. */
export function sizeHere(): number {
  return typeof window === 'undefined' ? 1 : sizeOn(window.innerWidth, window.devicePixelRatio);
}

/** The addresses of the tiles, by source. */
export function tilesOf({ origin, gridKind }: Pick<StyleWish, 'origin' | 'gridKind'>) {
  const kind = gridKind === 'community' ? '' : `?kind=${encodeURIComponent(gridKind)}`;
  return {
    twin: [`${origin}/tiles/${FAR}/{z}/{x}/{y}.pbf${kind}`],
    near: [`${origin}/tiles/${NEAR}/{z}/{x}/{y}.pbf`],
  };
}

/** The group of the layer panel that a layer belongs to, if any. */
export function groupOf(layer: LayerSpecification): string | undefined {
  return (layer.metadata as { group?: string } | undefined)?.group;
}

export function style(wish: StyleWish): StyleSpecification {
  const theme = themes[wish.theme];
  const tiles = tilesOf(wish);
  const buildings = buildingLayers(theme);
  const layers = [
    ...(wish.picture ? pictureLayers(theme) : groundLayers(theme)),
    ...gridLayers(theme),
    ...(wish.picture ? streetLayers(theme).flatMap(overPicture) : streetLayers(theme)),
    ...buildings.flat,
    ...gridLines(theme),
    ...areaLayers(theme),
    ...buildings.solid,
    ...(wish.fine ? [addressLayer(theme)] : []),
    ...labelLayers(theme, wish.scale ?? sizeHere(), wish),
  ].map((layer) => {
    if (!wish.hidden.includes(groupOf(layer) ?? '')) return layer;
    return { ...layer, layout: { ...layer.layout, visibility: 'none' as const } } as typeof layer;
  });
  return {
    version: 8,
    sources: {
      twin: {
        type: 'vector',
        tiles: tiles.twin,
        minzoom: 4,
        maxzoom: 17,
      },
      near: {
        type: 'vector',
        tiles: tiles.near,
        minzoom: 12,
        maxzoom: 17,
      },
      ...(wish.picture
        ? {
            picture: {
              type: 'raster' as const,
              tiles: [`${wish.origin}/backgrounds/${wish.picture.code}/{z}/{x}/{y}`],
              tileSize: 256,
              minzoom: 1,
              maxzoom: wish.picture.max_zoom,
            },
          }
        : {}),
      ...(wish.fine
        ? {
            fine: {
              type: 'vector' as const,
              tiles: [`${wish.origin}/tiles/addresses/{z}/{x}/{y}.pbf`],
              minzoom: 17,
              maxzoom: 17,
            },
          }
        : {}),
    },
    // from the south-west, as the shadows fall
    light: { anchor: 'map', color: theme.light, intensity: theme.lightIntensity, position: [1.3, 215, 40] },
    layers,
  };
}
