/** The one map of the page's life: created once, outside the panels. */
import { type MapGeoJSONFeature, Map as MapLibre, ScaleControl, setWorkerUrl } from 'maplibre-gl';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url';
import 'maplibre-gl/dist/maplibre-gl.css';
import type { Selection, View } from '../url';
import { keepFresh } from './fresh';
import { keepIcons } from './icons';
import { type IssueLook, IssueMarkers } from './issues';
import { Live } from './live';
import { style } from './style/style';
import { themes } from './style/theme';
import { viewport, Workers } from './workers';

setWorkerUrl(workerUrl);

export type Box = [number, number, number, number];
export type Listener = {
  /** Somebody clicked something, or nothing. */
  picked: (selection: Selection | undefined) => void;
  moved: (camera: NonNullable<View['camera']>) => void;
};

/** The notices of `WS /live` that the map listens to. */
const TOPICS = ['tiles'];

const PICKED: [layer: string, kind: Selection['kind']][] = [
  ['facility-icon', 'facility'],
  ['facility-dot', 'facility'],
  ['building-solid', 'building'],
  ['building-flat', 'building'],
  ['grid-fill', 'grid'],
];
const SOURCES: Partial<Record<Selection['kind'], [source: string, layer: string]>> = {
  building: ['near', 'buildings'],
  grid: ['twin', 'grids'],
};

/** Whether this browser can draw the map at all. */
export function canDraw(): boolean {
  return document.createElement('canvas').getContext('webgl2') !== null;
}

export class TwinMap {
  readonly map: MapLibre;
  private view: View;
  private marked: Selection | undefined;
  private workers: Workers | undefined;
  /** The page's live connection, once it follows; others listen to it too. */
  live: Live | undefined;
  /** Issues, for those who see them (`followIssues`). */
  issues: IssueMarkers | undefined;

  constructor(container: HTMLElement, view: View, bounds: Box | null, listener: Listener) {
    this.view = view;
    const camera = view.camera;
    this.map = new MapLibre({
      container,
      style: this.style(),
      ...(camera
        ? {
            center: [camera.lon, camera.lat],
            zoom: camera.zoom,
            bearing: camera.bearing,
            pitch: camera.pitch,
          }
        : bounds
          ? { bounds, fitBoundsOptions: { padding: 40 } }
          : { center: [118.09, 36.855], zoom: 4 }),
      maxZoom: 21,
      maxPitch: 70,
      attributionControl: false,
      fadeDuration: matchMedia('(prefers-reduced-motion: reduce)').matches ? 0 : 200,
      canvasContextAttributes: { antialias: true, preserveDrawingBuffer: true },
    });
    keepIcons(this.map, () => themes[this.view.theme]);
    this.map.addControl(new ScaleControl({ maxWidth: 120, unit: 'metric' }), 'bottom-left');
    this.map.on('moveend', () => listener.moved(this.camera()));
    this.map.on('click', (event) => listener.picked(this.pick(event.point.x, event.point.y)));
    this.map.on('mousemove', (event) => {
      this.map.getCanvas().style.cursor = this.pick(event.point.x, event.point.y) ? 'pointer' : '';
    });
    this.map.on('idle', () => this.mark(this.marked));
  }

  /**
   * Shows where the workers are and what becomes of the twin, as it changes; `connected` hears when the connection is
   * up or down.
   */
  follow(connected: (up: boolean) => void = () => {}): void {
    if (this.live) return;
    const { map } = this;
    this.live = new Live(() => `bbox=${viewport(map).join(',')}&zoom=${map.getZoom().toFixed(2)}`, TOPICS);
    this.live.on('open', () => connected(true));
    this.live.on('lost', () => connected(false));
    keepFresh(map, this.live);
    const look = () => ({ theme: this.view.theme, hidden: this.view.hidden.includes('workers') });
    this.workers = new Workers(map, this.live, look);
  }

  /** Makes the live connection anew: it may be open in name only. */
  reconnect(): void {
    this.live?.reconnect();
  }

  /** Shows the issues, as they change; `more` says what else is wished of them. */
  followIssues(more: () => Partial<IssueLook> = () => ({})): IssueMarkers {
    this.issues ??= new IssueMarkers(this.map, () => ({
      theme: this.view.theme,
      hidden: this.view.hidden.includes('issues'),
      ...more(),
    }));
    return this.issues;
  }

  private style() {
    return style({ ...this.view, origin: location.origin });
  }

  private camera(): NonNullable<View['camera']> {
    const { lng, lat } = this.map.getCenter();
    return {
      zoom: this.map.getZoom(),
      lat,
      lon: lng,
      bearing: this.map.getBearing(),
      pitch: this.map.getPitch(),
    };
  }

  /** What is drawn at a point of the screen. */
  pick(x: number, y: number): Selection | undefined {
    const issue = this.issues?.pick(x, y);
    if (issue) return 'id' in issue ? { kind: 'issue', id: String(issue.id) } : undefined;
    const worker = this.workers?.pick(x, y);
    if (worker) return { kind: 'worker', id: worker.id };
    const layers = PICKED.map(([layer]) => layer).filter((layer) => this.map.getLayer(layer));
    const found: MapGeoJSONFeature | undefined = this.map.queryRenderedFeatures([x, y], { layers })[0];
    const kind = found && PICKED.find(([layer]) => layer === found.layer.id)?.[1];
    if (!kind || 'count' in found.properties) return undefined; // small buildings drawn together are none of them
    return { kind, id: String(found.id) };
  }

  /** Shows another theme, kind of grid or choice of layers; the camera stays. */
  show(view: View): void {
    const before = JSON.stringify([this.view.theme, this.view.gridKind, this.view.hidden]);
    this.view = view;
    this.issues?.show();
    if (JSON.stringify([view.theme, view.gridKind, view.hidden]) === before) return;
    for (const id of this.map.listImages()) if (id.startsWith('facility-')) this.map.removeImage(id);
    this.map.setStyle(this.style(), { diff: false });
  }

  /** Marks what is selected, once its tile is there. */
  mark(selection: Selection | undefined): void {
    for (const [source, sourceLayer] of Object.values(SOURCES)) {
      if (this.map.getSource(source)) this.map.removeFeatureState({ source, sourceLayer });
    }
    this.marked = selection;
    this.issues?.select(selection?.kind === 'issue' ? Number(selection.id) : undefined);
    const place = selection && SOURCES[selection.kind];
    if (place && this.map.getSource(place[0])) {
      const at = { source: place[0], sourceLayer: place[1], id: Number(selection.id) };
      this.map.setFeatureState(at, { selected: true });
    }
    if (this.map.getLayer('area-selected')) {
      const code = selection?.kind === 'area' ? selection.id : '';
      this.map.setFilter('area-selected', ['==', ['get', 'code'], code]);
    }
  }

  /** Goes to a place: a box is shown whole, a point from near. */
  fly(centre: [number, number], box: number[] | null): void {
    const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
    const animate = !calm;
    if (box && ((box[2] ?? 0) - (box[0] ?? 0) > 1e-7 || (box[3] ?? 0) - (box[1] ?? 0) > 1e-7)) {
      this.map.fitBounds(box as Box, { padding: 90, maxZoom: 18, animate, duration: 900 });
    } else {
      this.map.easeTo({ center: centre, zoom: Math.max(this.map.getZoom(), 17.5), animate, duration: 900 });
    }
  }

  tilt(): void {
    this.map.easeTo(this.map.getPitch() > 5 ? { pitch: 0, bearing: 0 } : { pitch: 55, bearing: -18 });
  }
}
