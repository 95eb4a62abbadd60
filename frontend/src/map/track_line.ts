/** One worker's track on the map: the way as a line, stops as rings; stays when the style changes. */
import type { GeoJSONSource, LayerSpecification, Map as MapLibre } from 'maplibre-gl';
import { COLOURS, type Theme } from './glyphs';

const SOURCE = 'track';

export type Track = {
  mileage_m: number;
  stops: { lon: number; lat: number; since: string; until: string }[];
  features: { geometry: { coordinates: [number, number] }; properties: { at: string } }[];
};
/** Fixes farther apart in time are not joined. */
const JOINED_MS = 600_000;

export class TrackLine {
  private shown: Track | undefined;

  constructor(
    private readonly map: MapLibre,
    private readonly theme: () => Theme,
  ) {
    map.on('style.load', this.draw);
  }

  remove(): void {
    this.show(undefined);
    this.map.off('style.load', this.draw);
  }

  /** Shows a track, or none, and where it lies (west, south, east, north). */
  show(track: Track | undefined): [number, number, number, number] | undefined {
    this.shown = track;
    this.draw();
    const places = track?.features.map(({ geometry }) => geometry.coordinates) ?? [];
    if (!places.length) return undefined;
    const [lons, lats] = [places.map(([lon]) => lon), places.map(([, lat]) => lat)];
    return [Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)];
  }

  private readonly draw = (): void => {
    const data = { type: 'FeatureCollection' as const, features: this.shown ? drawn(this.shown) : [] };
    const source = this.map.getSource<GeoJSONSource>(SOURCE);
    if (source) source.setData(data);
    else if (this.shown && this.map.getStyle()?.layers?.length) {
      this.map.addSource(SOURCE, { type: 'geojson', data });
      for (const layer of layers(this.theme())) this.map.addLayer(layer);
    }
  };
}

function drawn({ features, stops }: Track) {
  const lines: [number, number][][] = [];
  let last = Number.NEGATIVE_INFINITY;
  for (const { geometry, properties } of features) {
    const at = Date.parse(properties.at);
    if (at - last > JOINED_MS) lines.push([]);
    lines.at(-1)?.push(geometry.coordinates);
    last = at;
  }
  return [
    ...lines
      .filter((line) => line.length > 1)
      .map((coordinates) => ({
        type: 'Feature' as const,
        geometry: { type: 'LineString' as const, coordinates },
        properties: {},
      })),
    ...stops.map(({ lon, lat, since, until }) => ({
      type: 'Feature' as const,
      geometry: { type: 'Point' as const, coordinates: [lon, lat] },
      properties: { minutes: Math.round((Date.parse(until) - Date.parse(since)) / 60_000) },
    })),
  ];
}

function layers(theme: Theme): LayerSpecification[] {
  const { states, rim } = COLOURS[theme];
  const join = { 'line-join': 'round', 'line-cap': 'round' } as const;
  return [
    {
      id: 'track-rim',
      type: 'line',
      source: SOURCE,
      layout: join,
      paint: { 'line-color': rim, 'line-width': 6 },
    },
    {
      id: 'track-line',
      type: 'line',
      source: SOURCE,
      layout: join,
      paint: { 'line-color': states[1], 'line-width': 3 },
    },
    {
      id: 'track-stops',
      type: 'circle',
      source: SOURCE,
      filter: ['==', ['geometry-type'], 'Point'],
      paint: {
        'circle-radius': ['interpolate', ['linear'], ['get', 'minutes'], 3, 5, 60, 13],
        'circle-color': rim,
        'circle-stroke-color': states[1],
        'circle-stroke-width': 3,
      },
    },
  ];
}
