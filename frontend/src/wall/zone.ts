/** Drawing a zone on the wall's map: corners by clicks, or a point and the metres around it. */
import type { GeoJSONSource, Map as MapLibre, MapMouseEvent } from 'maplibre-gl';

const SOURCE = 'wall-zone';
export type Geometry =
  | { type: 'Polygon'; coordinates: [number, number][][] }
  | { type: 'Point'; coordinates: [number, number] };

/** Keeps its layers on the map over new styles and a lost context, and hears clicks while it draws. */
export class ZoneTool {
  private corners: [number, number][] = [];
  private shown: object | undefined;
  private readonly colour: () => string;

  constructor(
    private readonly map: MapLibre,
    private mode: 'draw' | 'around',
    private readonly done: (geometry: Geometry) => void,
    colour: () => string,
  ) {
    this.colour = colour;
    map.on('style.load', this.add);
    map.on('click', this.clicked);
    map.on('dblclick', this.finish);
    map.doubleClickZoom.disable();
    map.getCanvas().classList.add('drawing');
    this.add();
  }

  remove(): void {
    const { map } = this;
    map.off('style.load', this.add);
    map.off('click', this.clicked);
    map.off('dblclick', this.finish);
    map.doubleClickZoom.enable();
    map.getCanvas().classList.remove('drawing');
    for (const id of ['zone-fill', 'zone-line', 'zone-corner']) if (map.getLayer(id)) map.removeLayer(id);
    if (map.getSource(SOURCE)) map.removeSource(SOURCE);
  }

  /** Draws by corners, or around a point; what was drawn is gone. */
  use(mode: 'draw' | 'around'): void {
    this.mode = mode;
    this.corners = [];
    this.show(undefined);
  }

  /** Shows a zone as the service has it. */
  show(geometry: object | undefined): void {
    this.shown = geometry;
    this.corners = [];
    this.draw();
  }

  private readonly add = (): void => {
    const { map } = this;
    if (!map.style || !map.getStyle()?.layers.length || map.getSource(SOURCE)) return;
    map.addSource(SOURCE, { type: 'geojson', data: this.data() as never });
    const colour = this.colour();
    map.addLayer({
      id: 'zone-fill',
      type: 'fill',
      source: SOURCE,
      filter: ['==', ['geometry-type'], 'Polygon'],
      paint: { 'fill-color': colour, 'fill-opacity': 0.16 },
    });
    map.addLayer({
      id: 'zone-line',
      type: 'line',
      source: SOURCE,
      paint: { 'line-color': colour, 'line-width': 3, 'line-dasharray': [2, 1.2] },
    });
    map.addLayer({
      id: 'zone-corner',
      type: 'circle',
      source: SOURCE,
      filter: ['==', ['geometry-type'], 'Point'],
      paint: { 'circle-color': colour, 'circle-radius': 6 },
    });
  };

  private data(): object {
    const geometries: object[] = this.shown ? [this.shown] : [];
    const [first] = this.corners;
    for (const corner of this.corners) geometries.push({ type: 'Point', coordinates: corner });
    if (this.corners.length > 2 && first)
      geometries.push({ type: 'Polygon', coordinates: [[...this.corners, first]] });
    else if (this.corners.length === 2) geometries.push({ type: 'LineString', coordinates: this.corners });
    return {
      type: 'FeatureCollection',
      features: geometries.map((geometry) => ({ type: 'Feature', properties: {}, geometry })),
    };
  }

  private draw(): void {
    (this.map.getSource(SOURCE) as GeoJSONSource | undefined)?.setData(this.data() as never);
  }

  private readonly clicked = ({ lngLat }: MapMouseEvent): void => {
    const at: [number, number] = [lngLat.lng, lngLat.lat];
    if (this.mode === 'around') {
      this.done({ type: 'Point', coordinates: at });
      return;
    }
    this.shown = undefined;
    const last = this.corners.at(-1);
    if (last && last[0] === at[0] && last[1] === at[1]) return; // the second click of a double click
    this.corners.push(at);
    this.draw();
  };

  /** Closes the ring. */
  readonly finish = (): void => {
    const [first] = this.corners;
    if (this.mode !== 'draw' || this.corners.length < 3 || !first) return;
    this.done({ type: 'Polygon', coordinates: [[...this.corners, first]] });
  };
}
