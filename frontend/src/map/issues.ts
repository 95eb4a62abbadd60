/** Issues on the map, live: markers from near, rings with their number from afar, or heat. */
import type { ExpressionSpecification, GeoJSONSource, Map as MapLibre } from 'maplibre-gl';
import {
  AIM,
  aimed,
  BLINK_MS,
  calm,
  HEAT,
  type IssueLook,
  layers,
  MARKER,
  RING,
  SHOWN,
  TILES,
} from './issue_layers';
import { onIssueNews } from './issue_news';
import {
  featureOf,
  fits,
  type IssueFilter,
  type Listed,
  type Point,
  pointOf,
  pointsOf,
} from './issue_points';
import { cluster, isState, marker, PIXEL_RATIO, type State, type ThemeName } from './issue_signs';

export type IssuePick = { id: number } | { cluster: true };

const COLLECT_MS = 60;
const REFRESH_MS = 500;
const OVERDUE_EVERY_MS = 15_000;

export class IssueMarkers {
  private points: Point[] = [];
  private given: Point[] | undefined;
  private aimed: [number, number] | undefined;
  private filter: IssueFilter = {};
  private drawn = '';
  private chosen: number | undefined;
  private collecting: ReturnType<typeof setTimeout> | undefined;
  private refreshing: ReturnType<typeof setTimeout> | undefined;
  private stale = false;
  private bright = false;
  private readonly timers: ReturnType<typeof setInterval>[];
  private readonly deaf: () => void;
  private readonly listeners = new Set<(points: readonly Point[]) => void>();

  /** `look` says how it looks now; call `show()` when that changed. */
  constructor(
    private readonly map: MapLibre,
    private readonly look: () => IssueLook,
  ) {
    this.add();
    map.on('style.load', this.add);
    map.setMissingStyleImageResolver(this.image);
    map.on('sourcedata', this.heard);
    map.on('moveend', this.later);
    map.on('click', this.open);
    this.timers = [
      setInterval(() => this.draw(), OVERDUE_EVERY_MS),
      setInterval(() => this.blink(), BLINK_MS),
    ];
    this.deaf = onIssueNews((issues) => {
      const known = new Map(this.points.map((point) => [point.id, point]));
      for (const { id, state, urgent, due } of issues ?? []) {
        const point = known.get(id);
        if (point) Object.assign(point, { state, urgent, due });
      }
      this.points = this.points.filter((point) => point.state !== '已归档');
      this.draw();
      this.refresh();
    });
  }

  /** Takes it off the map. */
  remove(): void {
    this.deaf();
    for (const timer of this.timers) clearInterval(timer);
    clearTimeout(this.collecting);
    clearTimeout(this.refreshing);
    this.map.off('style.load', this.add);
    this.map.setMissingStyleImageResolver(null);
    this.map.off('sourcedata', this.heard);
    this.map.off('moveend', this.later);
    this.map.off('click', this.open);
    for (const { id } of layers(this.look(), undefined)) if (this.map.getLayer(id)) this.map.removeLayer(id);
    for (const id of [TILES, SHOWN, HEAT, AIM]) if (this.map.getSource(id)) this.map.removeSource(id);
  }

  /** Shows those that fit. */
  only(filter: IssueFilter): void {
    this.filter = filter;
    this.draw();
  }

  /** Shows exactly these instead of what the tiles hold; undefined: the tiles again. */
  give(issues: readonly Listed[] | undefined): void {
    this.given = issues?.map(pointOf);
    this.draw();
  }

  /** Shows where something is to be, or nothing. */
  aim(at: [number, number] | undefined): void {
    this.aimed = at;
    this.map.getSource<GeoJSONSource>(AIM)?.setData(aimed(at));
  }

  /** Marks one, or none. */
  select(id: number | undefined): void {
    this.chosen = id;
    if (this.map.getLayer('issue-chosen')) this.map.setFilter('issue-chosen', ['==', ['id'], id ?? -1]);
  }

  /** Takes in that `look` says something else. */
  show(): void {
    for (const layer of layers(this.look(), this.chosen)) {
      if (!this.map.getLayer(layer.id)) continue;
      this.map.setLayoutProperty(layer.id, 'visibility', layer.layout?.visibility ?? 'visible');
    }
  }

  /** Calls with what the tiles in view hold, filtered or not, whenever that changes; returns what ends it. */
  watch(listener: (points: readonly Point[]) => void): () => void {
    this.listeners.add(listener);
    listener(this.points);
    return () => this.listeners.delete(listener);
  }

  /** What is drawn at a point of the screen. */
  pick(x: number, y: number): IssuePick | undefined {
    const there = [MARKER, RING].filter((layer) => this.map.getLayer(layer));
    if (!there.length) return undefined;
    const found = this.map.queryRenderedFeatures([x, y], { layers: there })[0];
    if (!found) return undefined;
    return found.layer.id === RING ? { cluster: true } : { id: Number(found.id) };
  }

  private readonly add = (): void => {
    const known = this.map.style ? this.map.getStyle()?.layers : undefined;
    if (!known?.length || this.map.getSource(TILES)) return;
    this.map.addSource(TILES, {
      type: 'vector',
      tiles: [`${location.origin}/tiles/issues/{z}/{x}/{y}.pbf`],
      minzoom: 3,
      maxzoom: 14,
    });
    const nothing = { type: 'FeatureCollection' as const, features: [] };
    const sum = (state: State): ExpressionSpecification => [
      '+',
      ['case', ['==', ['get', 'state'], state], ['get', 'count'], 0],
    ];
    this.map.addSource(SHOWN, {
      type: 'geojson',
      data: nothing,
      cluster: true,
      clusterRadius: 46,
      clusterMaxZoom: 16,
      clusterProperties: {
        count: ['+', ['get', 'count']],
        open: sum('待处理'),
        check: sum('待核查'),
        rate: sum('待评价'),
        overdue: ['max', ['get', 'overdue']],
        urgent: ['max', ['get', 'urgent']],
      },
    });
    this.map.addSource(HEAT, { type: 'geojson', data: nothing });
    this.map.addSource(AIM, { type: 'geojson', data: aimed(this.aimed) });
    for (const layer of layers(this.look(), this.chosen)) this.map.addLayer(layer);
    this.drawn = '';
    this.draw();
  };

  private readonly image = (id: string): void => {
    const [kind, theme, ...rest] = id.split('|') as [string, ThemeName, ...string[]];
    if (kind !== 'issue' && kind !== 'issues') return;
    if (this.map.hasImage(id)) return;
    if (kind === 'issues') {
      const [open, check, rate, alarm] = rest.map(Number);
      const drawn = cluster(theme, [open ?? 0, check ?? 0, rate ?? 0], Boolean(alarm));
      this.map.addImage(id, drawn, { pixelRatio: PIXEL_RATIO });
      return;
    }
    const [state = '', group = '', urgent, overdue] = rest;
    if (!isState(state)) return;
    const drawn = marker(theme, state, group, urgent === '1', overdue === '1');
    this.map.addImage(id, drawn, { pixelRatio: PIXEL_RATIO });
  };

  private readonly heard = ({ sourceId }: { sourceId?: string }): void => {
    if (sourceId === TILES) this.later();
  };

  private readonly later = (): void => {
    clearTimeout(this.collecting);
    this.collecting = setTimeout(() => this.collect(), COLLECT_MS);
  };

  /** Asks for the tiles again: at once, but not more often than twice a second. */
  private refresh(): void {
    if (this.refreshing !== undefined) {
      this.stale = true;
      return;
    }
    this.stale = false;
    if (this.map.getSource(TILES)) this.map.refreshTiles(TILES);
    this.refreshing = setTimeout(() => {
      this.refreshing = undefined;
      if (this.stale) this.refresh();
    }, REFRESH_MS);
  }

  /** Reads what the tiles hold, once they are there. */
  private collect(): void {
    if (!this.map.getSource(TILES)) return;
    if (!this.map.isSourceLoaded(TILES)) {
      this.later();
      return;
    }
    this.points = pointsOf(this.map.querySourceFeatures(TILES, { sourceLayer: 'issues' }));
    for (const listener of this.listeners) listener(this.points);
    this.draw();
  }

  private draw(): void {
    const now = Date.now() / 1000;
    const points = this.given ?? this.points.filter((point) => fits(point, this.filter, now));
    const features = points.map((point) => featureOf(point, now));
    const text = JSON.stringify(features);
    const source = this.map.getSource<GeoJSONSource>(SHOWN);
    if (!source || text === this.drawn) return;
    this.drawn = text;
    const data = { type: 'FeatureCollection' as const, features };
    source.setData(data);
    this.map.getSource<GeoJSONSource>(HEAT)?.setData(data);
  }

  /** What is overdue comes and goes, unless somebody asked for rest: then its halo stays. */
  private blink(): void {
    if (!this.map.getLayer('issue-overdue') || this.look().hidden || document.hidden) return;
    const bright = calm() || !this.bright;
    if (bright === this.bright) return;
    this.bright = bright;
    for (const layer of ['issue-overdue', 'issue-overdue-ring'])
      this.map.setPaintProperty(layer, 'circle-opacity', bright ? 0.55 : 0.04);
  }

  /** A click on a ring goes nearer, to where it comes apart. */
  private readonly open = async ({ point }: { point: { x: number; y: number } }): Promise<void> => {
    if (!this.map.getLayer(RING)) return;
    const ring = this.map.queryRenderedFeatures([point.x, point.y], { layers: [RING] })[0];
    if (ring?.geometry.type !== 'Point') return;
    const source = this.map.getSource<GeoJSONSource>(SHOWN);
    const number = ring.properties.cluster_id;
    const apart = number === undefined ? 0 : await source?.getClusterExpansionZoom(number).catch(() => 0);
    const zoom = Math.max(apart ?? 0, this.map.getZoom() + 1.5);
    this.map.easeTo({
      center: ring.geometry.coordinates as [number, number],
      zoom,
      animate: !calm(),
      duration: 600,
    });
  };
}
