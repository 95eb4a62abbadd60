/** The whole style of one theme, without glyphs or sprites: text is drawn by the browser's own fonts. */
import type { StyleSpecification } from 'maplibre-gl';
import { baseLayers } from './base';
import { labelLayers } from './labels';
import { themes } from './theme';
import { areaLayers, buildingLayers, facilityLayers, gridLayers } from './twin';

const FAR = 'ground,ground_label,streets,areas,areas_label,grids,grids_label';
const NEAR = 'buildings,buildings_label,facilities';
/** Groups that the layer panel can hide. */
export const GROUPS = ['areas', 'grids', 'buildings', 'facilities', 'streets', 'ground', 'labels'] as const;

export type StyleWish = { theme: 'day' | 'night'; gridKind: string; hidden: string[]; origin: string };

export function style(wish: StyleWish): StyleSpecification {
  const theme = themes[wish.theme];
  const kind = wish.gridKind === 'community' ? '' : `?kind=${encodeURIComponent(wish.gridKind)}`;
  const layers = [
    ...baseLayers(theme),
    ...gridLayers(theme),
    ...areaLayers(theme),
    ...buildingLayers(theme),
    ...facilityLayers(theme),
    ...labelLayers(theme),
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
        minzoom: 13,
        maxzoom: 17,
      },
    },
    light: { anchor: 'viewport', color: theme.light, intensity: 0.35, position: [1.2, 210, 35] },
    layers,
  };
}
