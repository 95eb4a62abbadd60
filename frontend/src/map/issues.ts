/** Issues on the map, live: markers from near, rings with their number from afar, or heat. */
import type {
  ExpressionSpecification,
  GeoJSONSource,
  LayerSpecification,
  Map as MapLibre,
} from 'maplibre-gl';
import { onIssueNews } from './issue_news';
import {
  COLOURS,
  cluster,
  isState,
  marker,
  OUTLINES,
  PIXEL_RATIO,
  STATES,
  type State,
  type ThemeName,
} from './issue_signs';
import { REGULAR } from './style/labels';

/** What is shown; what isn't given is not asked for. Classes are codes, or the two digits of a group. */
export type IssueFilter = {
  states?: readonly string[];
  classes?: readonly string[];
  areas?: ReadonlySet<string>;
  overdue?: boolean;
};
/** How it looks now; asked whenever the map's style is made. */
export type IssueLook = { theme: ThemeName; hidden: boolean; heat?: boolean };
export type IssuePick = { id: number } | { cluster: true };

export type Point = {
  id: number;
  lon: number;
  lat: number;
  state: State;
  class: string;
  urgent: boolean;
  due: number | null;
  area: string | null;
  count: number;
};

const TILES = 'issue-tiles';
const SHOWN = 'issues-shown';
const HEAT = 'issues-heat';
const AIM = 'issue-aim';
const MARKER = 'issue-marker';
const RING = 'issue-ring';
/** What a list says of an issue, as far as its marker needs it. */
export type Listed = {
  id: number;
  lon: number;
  lat: number;
  state: State;
  class: string;
  urgent: boolean;
  due_at: string | null;
  area: string | null;
};
/** From here on an id is several issues' (docs/issues.md). */
const SEVERAL = 2 ** 40;
const COLLECT_MS = 60;
const REFRESH_MS = 500;
const OVERDUE_EVERY_MS = 15_000;
const BLINK_MS = 700;

const calm = () => matchMedia('(prefers-reduced-motion: reduce)').matches;

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
    this.given = issues?.map(({ id, lon, lat, state, class: code, urgent, due_at, area }) => ({
      id,
      lon,
      lat,
      state,
      class: code,
      urgent,
      due: due_at ? new Date(due_at).getTime() / 1000 : null,
      area,
      count: 1,
    }));
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
    const found = new Map<string, Point>();
    for (const feature of this.map.querySourceFeatures(TILES, { sourceLayer: 'issues' })) {
      if (feature.geometry.type !== 'Point') continue;
      const { state, class: code, urgent, due, area, count } = feature.properties;
      if (!isState(state)) continue;
      const [lon = 0, lat = 0] = feature.geometry.coordinates;
      const id = Number(feature.id);
      // from afar one id may stand for several points: an issue that leads its neighbours in two tiles
      const key = id >= SEVERAL ? `${id}/${lon.toFixed(5)}/${lat.toFixed(5)}` : String(id);
      found.set(key, {
        id,
        lon,
        lat,
        state,
        class: String(code),
        urgent: Boolean(urgent),
        due: due === undefined || due === null ? null : Number(due),
        area: area ?? null,
        count: Number(count ?? 1),
      });
    }
    this.points = [...found.values()];
    for (const listener of this.listeners) listener(this.points);
    this.draw();
  }

  private fits(point: Point, now: number): boolean {
    const { states, classes, areas, overdue } = this.filter;
    if (states && !states.includes(point.state)) return false;
    if (classes?.length && !classes.some((code) => point.class.startsWith(code))) return false;
    if (areas && !(point.area && areas.has(point.area))) return false;
    return !overdue || (point.due !== null && point.due <= now);
  }

  private draw(): void {
    const now = Date.now() / 1000;
    const features = (this.given ?? this.points.filter((point) => this.fits(point, now))).map(
      ({ id, lon, lat, state, class: code, urgent, due, count }) => ({
        type: 'Feature' as const,
        id,
        geometry: { type: 'Point' as const, coordinates: [lon, lat] },
        properties: {
          state,
          group: code.slice(0, 2),
          urgent: Number(urgent),
          overdue: Number(due !== null && due <= now),
          count,
        },
      }),
    );
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

/** Smaller where the whole street is a hand wide: names need the room. */
function fromAfar(value: unknown): ExpressionSpecification {
  const share = (of: number) => ['*', of, value];
  return [
    'interpolate',
    ['linear'],
    ['zoom'],
    11,
    share(0.7),
    13.2,
    share(1),
  ] as unknown as ExpressionSpecification;
}

function aimed(at: [number, number] | undefined) {
  return {
    type: 'FeatureCollection' as const,
    features: at
      ? [{ type: 'Feature' as const, properties: {}, geometry: { type: 'Point' as const, coordinates: at } }]
      : [],
  };
}

function layers(look: IssueLook, chosen: number | undefined): LayerSpecification[] {
  const colours = COLOURS[look.theme];
  const markers = { visibility: look.hidden || look.heat ? ('none' as const) : ('visible' as const) };
  const heat = { visibility: look.heat && !look.hidden ? ('visible' as const) : ('none' as const) };
  const several: ExpressionSpecification = ['>', ['get', 'count'], 1];
  const eighths = (name: string): ExpressionSpecification => [
    'to-string',
    ['ceil', ['*', 8, ['/', ['get', name], ['get', 'count']]]],
  ];
  // a point that stands for several of one state is a ring too
  const share = (name: string, state: State): ExpressionSpecification => [
    'case',
    ['has', name],
    eighths(name),
    ['==', ['get', 'state'], state],
    '8',
    '0',
  ];
  const halo = (
    id: string,
    filter: ExpressionSpecification,
    radius: ExpressionSpecification | number,
    up: number,
  ) => ({
    id,
    type: 'circle' as const,
    source: SHOWN,
    filter,
    layout: markers,
    paint: {
      'circle-radius': fromAfar(radius),
      'circle-translate': [0, up] as [number, number],
      'circle-color': colours.alarm,
      'circle-opacity': 0.55,
      'circle-opacity-transition': { duration: calm() ? 0 : BLINK_MS - 50 },
      'circle-blur': 0.35,
    },
  });
  return [
    // the tiles are asked for because this layer needs them; it draws nothing
    {
      id: 'issue-tiles',
      type: 'circle',
      source: TILES,
      'source-layer': 'issues',
      layout: { visibility: look.hidden ? 'none' : 'visible' },
      paint: { 'circle-opacity': 0, 'circle-radius': 1 },
    },
    {
      id: 'issue-heat',
      type: 'heatmap',
      source: HEAT,
      layout: heat,
      paint: {
        'heatmap-weight': ['min', 12, ['get', 'count']],
        'heatmap-radius': ['interpolate', ['linear'], ['zoom'], 9, 14, 15, 38, 18, 70],
        'heatmap-intensity': ['interpolate', ['linear'], ['zoom'], 9, 0.3, 15, 0.7],
        'heatmap-opacity': 0.8,
        'heatmap-color':
          look.theme === 'day'
            ? [
                'interpolate',
                ['linear'],
                ['heatmap-density'],
                0,
                'rgba(255,255,212,0)',
                0.2,
                '#fed98e',
                0.5,
                '#fe9929',
                0.8,
                '#d95f0e',
                1,
                '#8c2d04',
              ]
            : [
                'interpolate',
                ['linear'],
                ['heatmap-density'],
                0,
                'rgba(40,11,84,0)',
                0.2,
                '#65156e',
                0.5,
                '#d44842',
                0.8,
                '#fb9b06',
                1,
                '#fcffa4',
              ],
      },
    },
    halo('issue-overdue', ['all', ['!', several], ['==', ['get', 'overdue'], 1]], 19, -12),
    halo('issue-overdue-ring', ['all', several, ['==', ['get', 'overdue'], 1]], 27, 0),
    {
      id: 'issue-chosen',
      type: 'circle',
      source: SHOWN,
      filter: ['==', ['id'], chosen ?? -1],
      layout: markers,
      paint: {
        'circle-radius': 26,
        'circle-translate': [0, -7],
        'circle-color': colours.alarm,
        'circle-opacity': 0.12,
        'circle-stroke-width': 2.5,
        'circle-stroke-color': colours.text,
      },
    },
    {
      id: 'issue-aim',
      type: 'circle',
      source: AIM,
      paint: {
        'circle-radius': 13,
        'circle-color': colours.alarm,
        'circle-opacity': 0.25,
        'circle-stroke-width': 3.5,
        'circle-stroke-color': colours.alarm,
      },
    },
    {
      id: MARKER,
      type: 'symbol',
      source: SHOWN,
      filter: ['!', several],
      layout: {
        ...markers,
        'icon-image': [
          'concat',
          `issue|${look.theme}|`,
          ['get', 'state'],
          '|',
          ['get', 'group'],
          '|',
          ['to-string', ['get', 'urgent']],
          '|',
          ['to-string', ['get', 'overdue']],
        ],
        'icon-anchor': [
          'match',
          ['get', 'state'],
          ...STATES.flatMap((state) => [state, OUTLINES[state].anchor]),
          'center',
        ] as unknown as ExpressionSpecification,
        'icon-size': fromAfar(1),
        'icon-allow-overlap': true,
        // what is open stands before what waits, and what goes first before all
        'symbol-sort-key': [
          '+',
          ['*', 4, ['get', 'urgent']],
          ['*', 2, ['get', 'overdue']],
          ['case', ['==', ['get', 'state'], '待处理'], 1, 0],
        ],
      },
    },
    {
      id: RING,
      type: 'symbol',
      source: SHOWN,
      filter: several,
      layout: {
        ...markers,
        'icon-image': [
          'concat',
          `issues|${look.theme}|`,
          share('open', '待处理'),
          '|',
          share('check', '待核查'),
          '|',
          share('rate', '待评价'),
          '|',
          ['to-string', ['get', 'overdue']],
        ],
        'icon-size': fromAfar(['step', ['get', 'count'], 0.9, 10, 1, 50, 1.15, 200, 1.3, 1000, 1.45]),
        'icon-allow-overlap': true,
        'text-field': [
          'case',
          ['>=', ['get', 'count'], 10000],
          ['concat', ['to-string', ['round', ['/', ['get', 'count'], 1000]]], 'k'],
          ['to-string', ['get', 'count']],
        ],
        'text-font': REGULAR,
        'text-size': fromAfar(['step', ['get', 'count'], 13, 100, 12, 1000, 11]),
        'text-allow-overlap': true,
        'text-ignore-placement': true,
      },
      paint: { 'text-color': colours.text },
    },
  ];
}
