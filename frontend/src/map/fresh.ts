/** Asks for tiles again when a commit reached them; what is drawn stays until the new tile is there. */
import type { Map as MapLibre } from 'maplibre-gl';
import type { Change, Live } from './live';

type Extent = NonNullable<Change['extent']>;
type Place = { z: number; x: number; y: number };

const MOST_TILES = 400; // more, and the source is asked for as a whole
const BUFFER = 64 / 4096; // a tile shows this much of its neighbours

/** The tiles of all zooms up to `maxzoom` that an extent in degrees touches; undefined when there are many. */
export function touched(extent: Extent, maxzoom: number): Place[] | undefined {
  const places: Place[] = [];
  for (let z = 0; z <= maxzoom; z++) {
    const n = 2 ** z;
    const column = (lon: number) => ((lon + 180) / 360) * n;
    const row = (lat: number) => {
      const sine = Math.sin((Math.max(-85.06, Math.min(85.06, lat)) * Math.PI) / 180);
      return (0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI)) * n;
    };
    const within = (value: number) => Math.max(0, Math.min(n - 1, Math.floor(value)));
    const [west, east] = [within(column(extent[0]) - BUFFER), within(column(extent[2]) + BUFFER)];
    const [north, south] = [within(row(extent[3]) - BUFFER), within(row(extent[1]) + BUFFER)];
    if (places.length + (east - west + 1) * (south - north + 1) > MOST_TILES) return undefined;
    for (let x = west; x <= east; x++) for (let y = north; y <= south; y++) places.push({ z, x, y });
  }
  return places;
}

/** Which tile layers show a change of a layer of the twin, as `docs/http.md` names them. */
function shows(address: string, changed: string): boolean {
  const layers = /\/tiles\/([^/]+)\//.exec(address)?.[1]?.split(',') ?? [];
  const named = changed === 'buildings_afar' ? 'buildings' : changed;
  return changed === '*' || layers.includes(named) || layers.includes(`${named}_label`);
}

/** Keeps a map's vector sources fresh over a live connection; returns its end. */
export function keepFresh(map: MapLibre, live: Live): () => void {
  const renew = (changes: Change[]): void => {
    const sources = map.style ? (map.getStyle()?.sources ?? {}) : {};
    for (const [id, source] of Object.entries(sources)) {
      if (source.type !== 'vector' || !source.tiles?.[0]) continue;
      const address = source.tiles[0];
      let places: Place[] | undefined = [];
      for (const change of changes) {
        if (!shows(address, change.layer)) continue;
        const reached = change.extent ? touched(change.extent, source.maxzoom ?? 22) : undefined;
        places = reached && places && places.length < MOST_TILES ? [...places, ...reached] : undefined;
        if (!places) break;
      }
      if (places?.length === 0) continue;
      if (places) map.refreshTiles(id, places);
      else map.refreshTiles(id);
    }
  };
  const everything = [{ layer: '*', extent: null }];
  const ends = [
    live.on('notice', (notice) => {
      if (notice.type === 'tiles') renew(notice.changes ?? []);
      if (notice.type === 'missed' && notice.topic === 'tiles') renew(everything);
    }),
    live.on('open', (again) => {
      if (again) renew(everything);
    }),
  ];
  return () => {
    for (const end of ends) end();
  };
}
