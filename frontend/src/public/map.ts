/** The public view's map: the same cartography over the moved tiles. */
import { type Map as Drawn, Map as MapLibre, NavigationControl, setWorkerUrl } from 'maplibre-gl';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url';
import 'maplibre-gl/dist/maplibre-gl.css';
import { keepIcons } from '../map/icons';
import { style } from '../map/style/style';
import { themes } from '../map/style/theme';

setWorkerUrl(workerUrl);

/** The last zoom of the public tiles; nearer views are drawn from them. */
const DEEPEST = 15;
type Name = 'day' | 'night';
export type PublicMap = { map: Drawn; theme: (name: Name) => void };

function styleOf(theme: Name) {
  const made = style({
    theme,
    gridKind: 'community',
    hidden: ['addresses', 'facilities'],
    origin: `${location.origin}/public`,
  });
  const near = made.sources.near as { tiles: string[] };
  near.tiles = near.tiles.map((address) =>
    address.replace('buildings,buildings_label,facilities', 'buildings'),
  );
  for (const source of Object.values(made.sources)) Object.assign(source, { maxzoom: DEEPEST });
  const left = ['buildings_label', 'facilities'];
  made.layers = made.layers.filter(
    (layer) => !('source-layer' in layer) || !left.includes(layer['source-layer'] ?? ''),
  );
  return made;
}

/** Draws the map; undefined without WebGL2. */
export function publicMap(
  container: HTMLElement,
  theme: Name,
  bounds: number[] | null,
): PublicMap | undefined {
  if (!document.createElement('canvas').getContext('webgl2')) return undefined;
  let now = theme;
  const map = new MapLibre({
    container,
    style: styleOf(theme),
    ...(bounds ? { bounds: bounds as [number, number, number, number] } : { center: [105, 35], zoom: 3 }),
    fitBoundsOptions: { padding: 40 },
    maxZoom: 18,
    maxPitch: 60,
    attributionControl: false,
  });
  map.addControl(new NavigationControl({ showZoom: true, visualizePitch: true }), 'top-right');
  keepIcons(map, () => themes[now]);
  return {
    map,
    theme: (name) => {
      if (name === now) return;
      now = name;
      map.setStyle(styleOf(name));
    },
  };
}
