/** The whole style of one theme, without glyphs or sprites: text is drawn by the browser's own fonts. */
import type { StyleSpecification } from 'maplibre-gl';
import { areaLayers, gridLayers, gridLines } from './areas';
import { groundLayers, streetLayers } from './base';
import { buildingLayers } from './buildings';
import { labelLayers } from './labels';
import { themes } from './theme';

const FAR = 'ground,ground_label,streets,areas,areas_label,grids,grids_label';
const NEAR = 'buildings,buildings_label,facilities';
/** Groups that the layer panel can hide. */
export const GROUPS = ['areas', 'grids', 'buildings', 'facilities', 'streets', 'ground', 'labels'] as const;

export type StyleWish = {
  theme: 'day' | 'night';
  gridKind: string;
  hidden: string[];
  origin: string;
  /** How much larger texts and pictograms are; by default as the screen needs it. */
  scale?: number;
};

/** How much larger than at arm's length: a wall is thousands of pixels wide, with large ones, and is seen from metres. */
export function sizeOn(width: number, pixelRatio: number): number {
  return pixelRatio >= 1.5 ? 1 : Math.min(1.8, Math.max(1, width / 2200));
}

function sizeHere(): number {
  return typeof window === 'undefined' ? 1 : sizeOn(window.innerWidth, window.devicePixelRatio);
}

export function style(wish: StyleWish): StyleSpecification {
  const theme = themes[wish.theme];
  const kind = wish.gridKind === 'community' ? '' : `?kind=${encodeURIComponent(wish.gridKind)}`;
  const buildings = buildingLayers(theme);
  const layers = [
    ...groundLayers(theme),
    ...gridLayers(theme),
    ...streetLayers(theme),
    ...buildings.flat,
    ...gridLines(theme),
    ...areaLayers(theme),
    ...buildings.solid,
    ...labelLayers(theme, wish.scale ?? sizeHere()),
  ].map((layer) => {
    const group = (layer.metadata as { group?: string } | undefined)?.group;
    if (!group || !wish.hidden.includes(group)) return layer;
    return { ...layer, layout: { ...layer.layout, visibility: 'none' as const } } as typeof layer;
  });
  return {
    version: 8,
    sources: {
      twin: {
        type: 'vector',
        tiles: [`${wish.origin}/tiles/${FAR}/{z}/{x}/{y}.pbf${kind}`],
        minzoom: 4,
        maxzoom: 17,
      },
      near: {
        type: 'vector',
        tiles: [`${wish.origin}/tiles/${NEAR}/{z}/{x}/{y}.pbf`],
        minzoom: 12,
        maxzoom: 17,
      },
    },
    // from the south-west, as the shadows fall
    light: { anchor: 'map', color: theme.light, intensity: theme.lightIntensity, position: [1.3, 215, 40] },
    layers,
  };
}
