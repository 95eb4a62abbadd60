/** A small map under a fixed pin: whoever moves the map moves the point. Loaded when somebody wants it. */
import { type GeoJSONSource, Map as MapLibre, setWorkerUrl } from 'maplibre-gl';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url';
import 'maplibre-gl/dist/maplibre-gl.css';
import { keepIcons } from '../map/icons';
import { style } from '../map/style/style';
import { themes } from '../map/style/theme';
import { bearer } from './api';

setWorkerUrl(workerUrl);

export type Place = { lon: number; lat: number; accuracy?: number };
const CORNERS = 48;
const METRES_PER_DEGREE = 111_320;

function circle({ lon, lat, accuracy = 0 }: Place) {
  const ring = Array.from({ length: CORNERS + 1 }, (_, index) => {
    const angle = (index / CORNERS) * Math.PI * 2;
    const degrees = accuracy / METRES_PER_DEGREE;
    const wide = Math.cos((lat * Math.PI) / 180);
    return [lon + (Math.cos(angle) * degrees) / wide, lat + Math.sin(angle) * degrees];
  });
  return {
    type: 'Feature' as const,
    properties: {},
    geometry: { type: 'Polygon' as const, coordinates: [ring] },
  };
}

export type Spot = { go: (place: Place) => void; remove: () => void };

/** Draws the map around a place, with this phone's token; `moved` hears where the pin stands after somebody moved it. */
export function spot(
  container: HTMLElement,
  token: string,
  theme: 'day' | 'night',
  place: Place,
  moved?: (place: Place) => void,
): Spot | undefined {
  if (!document.createElement('canvas').getContext('webgl2')) return undefined;
  const map = new MapLibre({
    container,
    style: style({ theme, gridKind: 'community', hidden: [], origin: location.origin, scale: 1 }),
    center: [place.lon, place.lat],
    zoom: 17,
    maxZoom: 20,
    minZoom: 11,
    attributionControl: false,
    dragRotate: false,
    pitchWithRotate: false,
    interactive: moved !== undefined,
    transformRequest: (url) => ({ url, headers: bearer(token), credentials: 'same-origin' }),
  });
  map.touchZoomRotate.disableRotation();
  keepIcons(map, () => themes[theme]);
  map.on('load', () => {
    map.addSource('accuracy', { type: 'geojson', data: circle(place) });
    map.addLayer({
      id: 'accuracy',
      type: 'fill',
      source: 'accuracy',
      paint: { 'fill-color': themes[theme].select, 'fill-opacity': 0.14 },
    });
  });
  map.on('moveend', (event) => {
    if (!('originalEvent' in event) || !event.originalEvent) return;
    const { lng, lat } = map.getCenter();
    moved?.({ lon: lng, lat });
  });
  return {
    go: (next) => {
      map.jumpTo({ center: [next.lon, next.lat] });
      map.getSource<GeoJSONSource>('accuracy')?.setData(circle(next));
    },
    remove: () => map.remove(),
  };
}
