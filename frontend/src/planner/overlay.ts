/** What the planner sees over the twin: some shapes of the file, and the places of findings. */
import type { GeoJSONSource, LayerSpecification, Map as MapLibre } from 'maplibre-gl';
import type { Shapes } from './api';

const EMPTY: Shapes = { type: 'FeatureCollection', bbox: null, features: [] };
const FILE = '#d9480f';
const SEVERITY = ['match', ['get', 'severity'], 'error', '#d6336c', 'warning', '#e8890c', '#1c7ed6'];

const layers: LayerSpecification[] = [
  {
    id: 'file-fill',
    type: 'fill',
    source: 'file',
    filter: ['==', ['geometry-type'], 'Polygon'],
    paint: { 'fill-color': FILE, 'fill-opacity': 0.22 },
  },
  {
    id: 'file-line',
    type: 'line',
    source: 'file',
    filter: ['!=', ['geometry-type'], 'Point'],
    paint: { 'line-color': FILE, 'line-width': 2 },
  },
  {
    id: 'file-point',
    type: 'circle',
    source: 'file',
    filter: ['==', ['geometry-type'], 'Point'],
    paint: {
      'circle-radius': 4.5,
      'circle-color': FILE,
      'circle-stroke-color': '#ffffff',
      'circle-stroke-width': 1.5,
    },
  },
  {
    id: 'finding-area',
    type: 'fill',
    source: 'findings',
    filter: ['==', ['geometry-type'], 'Polygon'],
    paint: { 'fill-color': SEVERITY as never, 'fill-opacity': 0.45 },
  },
  {
    id: 'finding-line',
    type: 'line',
    source: 'findings',
    filter: ['!=', ['geometry-type'], 'Point'],
    paint: { 'line-color': SEVERITY as never, 'line-width': 3 },
  },
  {
    id: 'finding-point',
    type: 'circle',
    source: 'findings',
    filter: ['==', ['geometry-type'], 'Point'],
    paint: {
      'circle-radius': 5,
      'circle-color': SEVERITY as never,
      'circle-stroke-color': '#ffffff',
      'circle-stroke-width': 2,
    },
  },
  {
    id: 'finding-chosen',
    type: 'circle',
    source: 'chosen',
    paint: {
      'circle-radius': 15,
      'circle-opacity': 0,
      'circle-stroke-color': '#d6336c',
      'circle-stroke-width': 3,
    },
  },
];

type Drawn = {
  properties: { severity?: string; point?: [number, number] | null };
  geometry: { type: string } | null;
};

/** A dot for what is drawn as an area. */
function dotted(drawn: unknown): unknown[] {
  const { properties, geometry } = drawn as Drawn;
  if (!geometry || geometry.type === 'Point' || !properties.point) return [];
  const { severity, point } = properties;
  return [{ type: 'Feature', properties: { severity }, geometry: { type: 'Point', coordinates: point } }];
}

export class Overlay {
  private readonly content: Record<string, Shapes> = { file: EMPTY, findings: EMPTY, chosen: EMPTY };

  constructor(private readonly map: MapLibre) {
    const draw = () => {
      for (const [name, data] of Object.entries(this.content)) {
        if (!map.getSource(name)) map.addSource(name, { type: 'geojson', data: data as never });
      }
      for (const layer of layers) if (!map.getLayer(layer.id)) map.addLayer(layer);
    };
    map.on('style.load', draw);
    if (map.isStyleLoaded()) draw();
  }

  private set(name: string, shapes: Shapes): void {
    this.content[name] = shapes;
    (this.map.getSource(name) as GeoJSONSource | undefined)?.setData(shapes as never);
  }

  /** Draws some shapes of the file; null draws none. */
  file(shapes: Shapes | null): void {
    this.set('file', shapes ?? EMPTY);
  }

  /** Draws findings: the ground that each is about, and a dot on it, without which a sliver is not seen. */
  findings(shapes: Shapes | null): void {
    const features = shapes?.features ?? [];
    this.set('findings', { ...EMPTY, features: [...features, ...features.flatMap(dotted)] });
    this.choose(null);
  }

  /** Rings one place. */
  choose(point: [number, number] | null): void {
    const feature = { type: 'Feature', properties: {}, geometry: { type: 'Point', coordinates: point } };
    this.set('chosen', point ? { ...EMPTY, features: [feature] } : EMPTY);
  }

  /** Asks for the twin's tiles again, after something was imported. */
  refresh(): void {
    for (const name of ['twin', 'near']) if (this.map.getSource(name)) this.map.refreshTiles(name);
  }
}
