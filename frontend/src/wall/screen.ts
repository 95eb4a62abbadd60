/** The wall's map: one for the page's life, made outside of the panels. */
import { type Box, canDraw, TwinMap } from '../map/map';
import type { Camera, Place, Wish } from './address';

export { canDraw };

/** What lies under a click, from the coarsest to the finest. */
export type Under = { area?: string; grid?: string; building?: string; worker?: boolean; issue?: number };
export type Hears = {
  clicked: (under: Under) => void;
  moved: (camera: Camera) => void;
  /** The graphics context is gone (true), or here again. */
  lost: (gone: boolean) => void;
  /** The live connection of the workers is up, or down. */
  connected: (up: boolean) => void;
};

const GIVES_UP_MS = 20_000;
const RELOADED = 'gridtwin.wall.reloaded';

export class Screen {
  readonly twin: TwinMap;
  private heat: boolean;
  private giveUp: ReturnType<typeof setTimeout> | undefined;

  constructor(container: HTMLElement, wish: Wish, bounds: Box | null, follow: boolean, hears: Hears) {
    const twin = new TwinMap(container, viewOf(wish), bounds, { picked: () => {}, moved: hears.moved });
    this.twin = twin;
    this.heat = wish.heat;
    twin.followIssues(() => ({ heat: this.heat }));
    twin.map.on('click', (event) => hears.clicked(this.under(event.point.x, event.point.y)));
    twin.map.on('webglcontextlost', () => {
      hears.lost(true);
      this.giveUp = setTimeout(startAnew, GIVES_UP_MS);
    });
    twin.map.on('webglcontextrestored', () => {
      clearTimeout(this.giveUp);
      hears.lost(false);
    });
    if (follow) twin.follow(hears.connected);
  }

  private under(x: number, y: number): Under {
    const map = this.twin.map;
    const picked = this.twin.pick(x, y);
    if (picked?.kind === 'issue') return { issue: Number(picked.id) };
    if (picked?.kind === 'worker') return { worker: true };
    const layers = ['building-solid', 'building-flat', 'grid-fill'].filter((layer) => map.getLayer(layer));
    const found: Under = {};
    for (const { id, layer, properties } of map.queryRenderedFeatures([x, y], { layers })) {
      if (layer.id === 'grid-fill') {
        found.grid ??= String(id);
        found.area ??= String(properties.area_code);
      } else if (!('count' in properties)) found.building ??= String(id);
    }
    return found;
  }

  show(wish: Wish): void {
    this.twin.show(viewOf(wish));
    if (this.heat !== wish.heat) {
      this.heat = wish.heat;
      this.twin.issues?.show();
    }
    this.twin.mark(wish.place);
  }

  fly(centre: [number, number], box: number[] | null = null): void {
    this.twin.fly(centre, box);
  }

  /** Takes a camera's view of the map. */
  look({ zoom, lat, lon, bearing, pitch }: Camera): void {
    const animate = !matchMedia('(prefers-reduced-motion: reduce)').matches;
    this.twin.map.flyTo({ center: [lon, lat], zoom, bearing, pitch, animate, duration: 2500 });
  }

  /** After sleep or a silent network: the live connection may be one in name only. */
  reconnect(): void {
    this.twin.reconnect();
  }
}

function viewOf({ camera, theme, language, gridKind, hidden }: Wish) {
  return { ...(camera ? { camera } : {}), theme, language, gridKind, hidden };
}

/** A graphics driver that doesn't come back needs a new page; but not again and again. */
function startAnew(): void {
  const last = Number(sessionStorage.getItem(RELOADED) ?? 0);
  if (Date.now() - last < 600_000) return;
  sessionStorage.setItem(RELOADED, String(Date.now()));
  location.reload();
}

export type { Place };
