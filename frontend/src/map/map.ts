/** The one map of the page's life: created once, outside the panels. */
import {
  type MapGeoJSONFeature,
  Map as MapLibre,
  Marker,
  type PaddingOptions,
  ScaleControl,
  setWorkerUrl,
  type VectorTileSource,
} from 'maplibre-gl';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url';
import 'maplibre-gl/dist/maplibre-gl.css';
import { type LonLat, type Measured, placeId, type Selection, type View } from '../url';
import { keepFresh } from './fresh';
import { canDraw, drawsInSoftware } from './hardware';
import { keepIcons } from './icons';
import type { IssueLook } from './issue_layers';
import { IssueMarkers } from './issues';
import { hideLanesBehindHouses } from './lanes';
import { Live } from './live';
import { Measure } from './measure';
import { groupOf, style, tilesOf } from './style/style';
import { themes } from './style/theme';
import { keepTextures } from './textures';
import { type Track, TrackLine } from './track_line';
import { viewport, Workers } from './workers';
import { type Zone, ZoneShapes } from './zones';

setWorkerUrl(workerUrl);

export type Box = [number, number, number, number];
export type Listener = {
  /** Somebody clicked something, or nothing. */
  picked: (selection: Selection | undefined) => void;
  moved: (camera: NonNullable<View['camera']>) => void;
  /** Somebody measured on. */
  measured?: (measured: Measured) => void;
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

export { canDraw };

export class TwinMap {
  readonly map: MapLibre;
  private view: View;
  private marked: Selection | undefined;
  private also: number[] = [];
  private pin: Marker | undefined;
  private readonly measure: Measure;
  /** Whether the next clicks ask for a place instead of what stands there. */
  picking = false;
  private workers: Workers | undefined;
  private line: TrackLine | undefined;
  private fences: ZoneShapes | undefined;
  private hushed = false;
  /** The page's live connection, once it follows; others listen to it too. */
  live: Live | undefined;
  /** Issues, for those who see them (`followIssues`). */
  issues: IssueMarkers | undefined;

  /** `fine`: this viewer's role gets standard addresses; `backgrounds` can be chosen. */
  constructor(
    container: HTMLElement,
    view: View,
    bounds: Box | null,
    listener: Listener,
    private readonly more: {
      fine?: boolean;
      backgrounds?: { code: string; max_zoom: number }[];
      /** What panels cover of the map, asked whenever all of the twin is to be shown, in pixels. */
      covered?: () => PaddingOptions;
    } = {},
  ) {
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
          ? { bounds, fitBoundsOptions: { padding: more.covered?.() ?? 40 } }
          : { center: [118.09, 36.855], zoom: 4 }),
      maxZoom: 21,
      maxPitch: 70,
      attributionControl: false,
      fadeDuration: matchMedia('(prefers-reduced-motion: reduce)').matches ? 0 : 200,
      canvasContextAttributes: { antialias: !drawsInSoftware(), preserveDrawingBuffer: true },
    });
    keepIcons(this.map, () => themes[this.view.theme]);
    keepTextures(this.map, () => themes[this.view.theme]);
    this.map.addControl(new ScaleControl({ maxWidth: 120, unit: 'metric' }), 'bottom-left');
    this.map.on('moveend', () => listener.moved(this.camera()));
    this.measure = new Measure(
      this.map,
      () => ({ theme: themes[this.view.theme], language: this.view.language }),
      (measured) => listener.measured?.(measured),
    );
    this.measure.show(view.measured);
    const place = (at: { lng: number; lat: number }): Selection => ({
      kind: 'place',
      id: placeId([at.lng, at.lat]),
    });
    this.map.on('click', (event) => {
      if (this.measure.open) this.measure.click([event.lngLat.lng, event.lngLat.lat]);
      else if (this.picking) listener.picked(place(event.lngLat));
      else listener.picked(this.pick(event.point.x, event.point.y));
    });
    this.map.on('contextmenu', (event) => {
      if (!this.measure.open) listener.picked(place(event.lngLat));
    });
    this.map.on('mousemove', (event) => {
      const aiming = this.measure.open || this.picking;
      const over = !aiming && this.pick(event.point.x, event.point.y);
      this.map.getCanvas().style.cursor = aiming ? 'crosshair' : over ? 'pointer' : '';
    });
    this.map.on('style.load', () => this.mark(this.marked, this.also));
    hideLanesBehindHouses(this.map);
  }

  /** Ends adding places to what is measured; it stays on the map. */
  finishMeasuring(): void {
    this.measure.finish();
  }

  /** Adds the middle of the map to what is measured, for those without a pointer. */
  measureCentre(): void {
    const { lng, lat } = this.map.getCenter();
    this.measure.click([lng, lat]);
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
    const look = () => ({
      theme: this.view.theme,
      hidden: this.hushed || this.view.hidden.includes('workers'),
    });
    this.workers = new Workers(map, this.live, look);
  }

  /** Hides the live workers while their past is shown. */
  quiet(on: boolean): void {
    this.hushed = on;
    this.map.triggerRepaint();
  }

  /** Draws a worker's track, or none, and goes there. */
  track(track: Track | undefined): void {
    if (!track && !this.line) return;
    this.line ??= new TrackLine(this.map, () => this.view.theme);
    const box = this.line.show(track);
    if (box) this.fly([box[0], box[1]], box);
  }

  /** Draws these zones and patrol targets, and no others. */
  zones(zones: Zone[]): void {
    if (!zones.length && !this.fences) return;
    this.fences ??= new ZoneShapes(this.map, () => themes[this.view.theme]);
    this.fences.show(zones);
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

  private wish() {
    const { fine = false, backgrounds = [] } = this.more;
    const picture = backgrounds.find(({ code }) => code === this.view.background);
    return { ...this.view, origin: location.origin, fine, picture };
  }

  private style() {
    return style(this.wish());
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

  /** Shows another theme, background, kind of grid or choice of layers; the camera stays. */
  show(view: View): void {
    const before = this.view;
    this.view = view;
    this.issues?.show();
    this.measure.show(view.measured);
    const kept = (['theme', 'background', 'language'] as const).every((one) => view[one] === before[one]);
    if (!kept) {
      for (const id of this.map.listImages()) if (/^(facility|texture)-/.test(id)) this.map.removeImage(id);
      this.map.setStyle(this.style(), { diff: false });
      return;
    }
    if (view.gridKind !== before.gridKind) {
      for (const [id, tiles] of Object.entries(tilesOf(this.wish()))) {
        this.map.getSource<VectorTileSource>(id)?.setTiles(tiles);
      }
    }
    if (view.hidden.join() === before.hidden.join()) return;
    for (const layer of this.map.getStyle()?.layers ?? []) {
      const group = groupOf(layer);
      if (!group || view.hidden.includes(group) === before.hidden.includes(group)) continue;
      this.map.setLayoutProperty(layer.id, 'visibility', view.hidden.includes(group) ? 'none' : 'visible');
    }
    this.map.triggerRepaint();
  }

  /** Marks what is selected, and the buildings `also` that belong to it; their tiles may come later. */
  mark(selection: Selection | undefined, also: number[] = []): void {
    this.marked = selection;
    this.also = also;
    for (const [source, sourceLayer] of Object.values(SOURCES)) {
      if (this.map.getSource(source)) this.map.removeFeatureState({ source, sourceLayer });
    }
    this.marked = selection;
    this.issues?.select(selection?.kind === 'issue' ? Number(selection.id) : undefined);
    const select = ([source, sourceLayer]: [string, string], id: number) => {
      if (this.map.getSource(source))
        this.map.setFeatureState({ source, sourceLayer, id }, { selected: true });
    };
    const place = selection && SOURCES[selection.kind];
    if (place) select(place, Number(selection.id));
    for (const id of also) select(SOURCES.building as [string, string], id);
    if (this.map.getLayer('area-selected')) {
      const code = selection?.kind === 'area' ? selection.id : '';
      this.map.setFilter('area-selected', ['==', ['get', 'code'], code]);
    }
  }

  /** Puts a pin on a place, or takes it away. */
  point(at: LonLat | undefined): void {
    this.pin?.remove();
    this.pin = undefined;
    if (!at) return;
    const element = document.createElement('div');
    element.className = 'pin';
    this.pin = new Marker({ element, anchor: 'bottom' }).setLngLat(at).addTo(this.map);
  }

  /** Takes the very camera of a link. */
  look({ lon, lat, zoom, bearing, pitch }: NonNullable<View['camera']>): void {
    this.map.jumpTo({ center: [lon, lat], zoom, bearing, pitch });
  }

  /** Goes to a place: a box is shown whole, a point from near; `whole` uses all of the screen. */
  fly(centre: [number, number], box: number[] | null, whole = false): void {
    const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
    const animate = !calm;
    if (box && ((box[2] ?? 0) - (box[0] ?? 0) > 1e-7 || (box[3] ?? 0) - (box[1] ?? 0) > 1e-7)) {
      // what was found is shown beside the card, not below it
      const { clientWidth } = this.map.getContainer();
      const wide = clientWidth > 1100;
      const beside = { top: 90, right: wide ? 270 : 90, bottom: 90, left: wide ? 500 : 90 };
      const padding = whole ? (this.more.covered?.() ?? 40) : beside;
      this.map.fitBounds(box as Box, { padding, maxZoom: 18, animate, duration: 900 });
    } else {
      this.map.easeTo({ center: centre, zoom: Math.max(this.map.getZoom(), 17.5), animate, duration: 900 });
    }
  }

  tilt(): void {
    this.map.easeTo(this.map.getPitch() > 5 ? { pitch: 0, bearing: 0 } : { pitch: 55, bearing: -18 });
  }
}
