/** Names of lanes, while the map is tilted: MapLibre writes a name on a lane over the house that hides the lane. */
import type { Map as MapLibre } from 'maplibre-gl';

const TILTED = 35; // degrees

/** Hides the names of lanes from the first tilt on that houses hide lanes at, and shows them again. */
export function hideLanesBehindHouses(map: MapLibre): void {
  let tilted: boolean | undefined;
  const follow = () => {
    if (map.getPitch() > TILTED === tilted || !map.getLayer('label-street')) return;
    tilted = map.getPitch() > TILTED;
    map.setPaintProperty('label-street', 'text-opacity', [
      'case',
      ['==', ['get', 'class'], 'lane'],
      tilted ? 0 : 1,
      1,
    ]);
  };
  map.on('pitch', follow);
  map.on('style.load', () => {
    tilted = undefined;
    follow();
  });
}
