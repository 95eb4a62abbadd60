/** Workers on the map as they move: one custom layer whose shader interpolates between two fixes. */
import type { CustomLayerInterface, CustomRenderMethodInput, Map as MapLibre } from 'maplibre-gl';
import { CROWDS_BELOW, grouped, showCrowds } from './crowds';
import { decode, type Frame, type Seen } from './frames';
import { build, COLOURS, FRAGMENT, rgb, translated, VERTEX } from './glyphs';
import type { Live } from './live';
import { Recent } from './recent';
import { sizeHere } from './style/style';
import { Trails } from './trails';

const ID = 'workers';
const FLOATS = 8; // from x y, to x y, begin, duration, heading (radians, below 0 unknown), state
const LONGEST_MS = 10_000;
const REACH_PX = 14;
const TRAIL_MS = 180_000;
const TRAILS_FROM = 13.5;
const CROWDS_EVERY_MS = 700;
const ASK_AGAIN_MS = 5000;
/** When more than so many changed, and more than a 64th of all, all are sent at once instead of each by itself. */
const SCATTERED = 8;
/** Of a frame's states: moving and standing outside the own grid. */
const OUTSIDE = 4;

const mixed = (from = 0, to = 0, share = 1): number => from + (to - from) * share;

type Moving = { slot: number; x: number; y: number; cell: string; told: number; outside: boolean };
export type Named = { id: string; name: string };

/** What a map shows and half as much around it, in degrees, as `WS /live` takes it. */
export function viewport(map: MapLibre): number[] {
  const bounds = map.getBounds();
  const [west, south, east, north] = [
    bounds.getWest(),
    bounds.getSouth(),
    bounds.getEast(),
    bounds.getNorth(),
  ];
  const [wide, high] = [(east - west) / 2, (north - south) / 2];
  return [west - wide, Math.max(-89, south - high), east + wide, Math.min(89, north + high)].map(
    (degrees, index) => (index % 2 ? degrees : Math.max(-360, Math.min(360, degrees))),
  );
}

export class Workers implements CustomLayerInterface {
  readonly id = ID;
  readonly type = 'custom' as const;
  readonly renderingMode = '2d' as const;
  private readonly where = new Map<number, Moving>();
  private readonly names = new Map<number, Named>();
  private readonly counts: Frame['counts'] = new Map();
  private readonly recent = new Recent();
  private readonly trails = new Trails();
  private crowded = false;
  private readonly crowds: ReturnType<typeof setInterval>;
  private numbers: number[] = [];
  private values = new Float32Array(256 * FLOATS);
  private origin: [number, number] | undefined;
  private program: WebGLProgram | undefined;
  private buffer: WebGLBuffer | undefined;
  private whole = true;
  private readonly changed = new Set<number>();
  private until = 0;
  /** Times in the buffer count from here: floats of a page that stands for months are too coarse. */
  private began = performance.now();
  private readonly ends: (() => void)[];
  private asking = false;
  /** Whether somebody without a name was seen while names were being asked for. */
  private missed = false;
  private up = true;

  constructor(
    private readonly map: MapLibre,
    private readonly live: Live,
    private readonly look: () => { theme: 'day' | 'night'; hidden: boolean },
  ) {
    this.add();
    map.on('style.load', this.add);
    map.on('webglcontextrestored', this.add);
    map.on('moveend', this.tell);
    map.on('style.load', this.gather);
    map.on('zoomend', this.gather);
    this.crowds = setInterval(this.gather, CROWDS_EVERY_MS);
    const told = (up: boolean) => {
      this.up = up;
      map.triggerRepaint();
    };
    this.ends = [
      live.on('frame', (bytes) => {
        const frame = decode(bytes);
        this.take(frame);
        live.send({ ack: frame.sequence });
      }),
      live.on('open', () => told(true)),
      live.on('lost', () => told(false)),
    ];
  }

  /** Takes the layer off the map. */
  remove(): void {
    for (const end of this.ends) end();
    this.map.off('style.load', this.add);
    this.map.off('webglcontextrestored', this.add);
    this.map.off('moveend', this.tell);
    this.map.off('style.load', this.gather);
    this.map.off('zoomend', this.gather);
    clearInterval(this.crowds);
    showCrowds(this.map, [], this.look().theme);
    if (this.map.getLayer(ID)) this.map.removeLayer(ID);
  }

  private readonly add = (): void => {
    // before the style is there, and while the context is lost, there is nothing to add to; `style.load` comes then
    const layers = this.map.style ? this.map.getStyle()?.layers : undefined;
    if (!layers?.length || this.map.getLayer(ID)) return;
    this.map.addLayer(this, layers.find((layer) => layer.id.startsWith('label-'))?.id);
    this.map.triggerRepaint();
  };

  private readonly tell = (): void =>
    this.live.send({ viewport: viewport(this.map), zoom: this.map.getZoom() });

  /** From afar, numbers take the place of workers. */
  private readonly gather = (): void => {
    const { hidden, theme } = this.look();
    const crowds = !hidden && this.map.getZoom() < CROWDS_BELOW;
    if (!crowds && !this.crowded) return;
    if (crowds !== this.crowded) this.map.triggerRepaint();
    this.crowded = crowds;
    const here = [...this.where.values()].map(({ x, y, outside }) => ({
      x,
      y,
      count: 1,
      outside: Number(outside),
    }));
    const told = [...this.counts.values()].map((cell) => ({ ...cell, outside: 0 }));
    showCrowds(this.map, crowds ? grouped([...here, ...told], this.map.getZoom()) : [], theme);
  };

  private take(frame: Frame): void {
    this.rebase();
    const now = this.now();
    if (frame.snapshot) this.counts.clear();
    for (const [cell, told] of frame.counts)
      if (told.count) this.counts.set(cell, told);
      else this.counts.delete(cell);
    if (frame.snapshot) {
      const there = new Set(frame.seen.map((one) => one.number));
      for (const number of [...this.where.keys()]) if (!there.has(number)) this.drop(number);
    }
    for (const [cell, inside] of frame.whole)
      for (const [number, one] of [...this.where])
        if (one.cell === cell && !inside.has(number)) this.drop(number);
    for (const { number, cell } of frame.gone) if (this.where.get(number)?.cell === cell) this.drop(number);
    let unnamed = false;
    for (const one of frame.seen) unnamed = this.place(one, now) || unnamed;
    if (unnamed) this.ask();
    this.map.triggerRepaint();
  }

  /** Takes a worker's place over; whether nobody knows a name for it. A frame has thousands: nothing is made anew here. */
  private place(one: Seen, now: number): boolean {
    this.origin ??= [one.x, one.y];
    const [x0, y0] = this.origin;
    let known = this.where.get(one.number);
    const toX = one.x - x0;
    const toY = one.y - y0;
    const outside = one.state === OUTSIDE || one.state === OUTSIDE + 1;
    const look = outside ? one.state - OUTSIDE + 16 : one.state;
    let [fromX, fromY, duration] = [toX, toY, 1];
    if (known) {
      const at = known.slot * FLOATS;
      const share = this.share(at, now);
      fromX = mixed(this.values[at], this.values[at + 2], share);
      fromY = mixed(this.values[at + 1], this.values[at + 3], share);
      duration = Math.min(LONGEST_MS, Math.max(200, now - known.told));
      this.recent.add(fromX, fromY, toX, toY, now, now + duration, look & 15);
    } else {
      known = { slot: this.newSlot(one.number), x: 0, y: 0, cell: '', told: 0, outside };
      this.where.set(one.number, known);
    }
    const { values } = this;
    const at = known.slot * FLOATS;
    values[at] = fromX;
    values[at + 1] = fromY;
    values[at + 2] = toX;
    values[at + 3] = toY;
    values[at + 4] = now;
    values[at + 5] = duration;
    values[at + 6] = one.heading === undefined ? -1 : (one.heading * Math.PI) / 180;
    values[at + 7] = look;
    known.x = one.x;
    known.y = one.y;
    known.cell = one.cell;
    known.told = now;
    known.outside = outside;
    this.changed.add(known.slot);
    this.until = Math.max(this.until, now + duration);
    return !this.names.has(one.number);
  }

  private newSlot(number: number): number {
    const slot = this.numbers.length;
    this.numbers.push(number);
    if ((slot + 1) * FLOATS > this.values.length) {
      const grown = new Float32Array(this.values.length * 2);
      grown.set(this.values);
      this.values = grown;
      this.whole = true;
    }
    return slot;
  }

  private drop(number: number): void {
    const one = this.where.get(number);
    const last = this.numbers.pop();
    if (!one || last === undefined) return;
    this.where.delete(number);
    if (last !== number) {
      const moved = this.where.get(last);
      if (moved) {
        this.values.copyWithin(one.slot * FLOATS, moved.slot * FLOATS, (moved.slot + 1) * FLOATS);
        moved.slot = one.slot;
      }
      this.numbers[one.slot] = last;
      this.changed.add(one.slot);
    }
  }

  private now(): number {
    return performance.now() - this.began;
  }

  /** Begins to count anew every hour. */
  private rebase(): void {
    const past = this.now();
    if (past < 3_600_000) return;
    this.began += past;
    this.until -= past;
    this.recent.rebase(past);
    for (const one of this.where.values()) {
      one.told -= past;
      const at = one.slot * FLOATS + 4;
      this.values[at] = (this.values[at] ?? 0) - past;
    }
    this.whole = true;
  }

  /** How much of its last step a worker has gone, 0 to 1; `at`: where its values begin. */
  private share(at: number, now: number): number {
    const [begin = 0, duration = 1] = [this.values[at + 4], this.values[at + 5]];
    return Math.min(1, Math.max(0, (now - begin) / Math.max(duration, 1)));
  }

  /** Where a slot is drawn at a moment, in Mercator units. */
  private at(slot: number, now: number): [number, number] {
    const at = slot * FLOATS;
    const [x0, y0] = this.origin ?? [0, 0];
    const share = this.share(at, now);
    return [
      x0 + mixed(this.values[at], this.values[at + 2], share),
      y0 + mixed(this.values[at + 1], this.values[at + 3], share),
    ];
  }

  private ask(): void {
    if (this.asking) {
      this.missed = true;
      return;
    }
    this.asking = true;
    this.missed = false;
    fetch('/api/workers', { credentials: 'same-origin' })
      .then((answer) => (answer.ok ? answer.json() : { features: [] }))
      .then(({ features }: { features: { id: string; properties: { number: number; name: string } }[] }) => {
        for (const { id, properties } of features)
          this.names.set(properties.number, { id, name: properties.name });
      })
      .catch(() => {
        this.missed = true; // the service is away for a while
      })
      .finally(() =>
        setTimeout(() => {
          this.asking = false;
          if (this.missed) this.ask();
        }, ASK_AGAIN_MS),
      );
  }

  /** The worker drawn at a point of the screen. */
  pick(x: number, y: number): Named | undefined {
    if (this.look().hidden || this.crowded) return undefined;
    let [nearest, best] = [undefined as number | undefined, REACH_PX * sizeHere()];
    const now = this.now();
    for (const [number, { slot }] of this.where) {
      const [mx, my] = this.at(slot, now);
      const lat = (Math.atan(Math.sinh(Math.PI * (1 - 2 * my))) * 180) / Math.PI;
      const point = this.map.project([mx * 360 - 180, lat]);
      const distance = Math.hypot(point.x - x, point.y - y);
      if (distance < best) [nearest, best] = [number, distance];
    }
    return nearest === undefined ? undefined : this.names.get(nearest);
  }

  /** How many are known in the view. */
  get count(): number {
    return this.where.size;
  }

  onAdd(_: MapLibre, gl: WebGL2RenderingContext): void {
    this.program = build(gl, VERTEX, FRAGMENT);
    this.buffer = gl.createBuffer() ?? undefined;
    this.whole = true;
    this.trails.add(gl);
    this.recent.fresh = true;
  }

  onRemove(_: MapLibre, gl: WebGL2RenderingContext): void {
    if (this.program) gl.deleteProgram(this.program);
    if (this.buffer) gl.deleteBuffer(this.buffer);
    this.program = this.buffer = undefined;
    this.trails.remove(gl);
  }

  render(context: WebGLRenderingContext | WebGL2RenderingContext, args: CustomRenderMethodInput): void {
    const gl = context as WebGL2RenderingContext;
    const { theme, hidden } = this.look();
    const count = this.numbers.length;
    if (hidden || this.crowded || !count || !this.program || !this.buffer || !this.origin) return;
    const now = this.now();
    const colours = COLOURS[theme];
    // without a connection nobody is where they were: all look like those who are silent
    const states = (this.up ? colours.states : colours.states.map(() => colours.states[2])).flatMap(rgb);
    if (this.map.getZoom() > TRAILS_FROM) this.trail(gl, args, now, states);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.buffer);
    if (this.whole) {
      gl.bufferData(gl.ARRAY_BUFFER, this.values, gl.DYNAMIC_DRAW);
    } else if (this.changed.size > Math.max(SCATTERED, count / 64)) {
      gl.bufferSubData(gl.ARRAY_BUFFER, 0, this.values, 0, count * FLOATS);
    } else {
      for (const slot of this.changed)
        gl.bufferSubData(gl.ARRAY_BUFFER, slot * FLOATS * 4, this.values, slot * FLOATS, FLOATS);
    }
    this.whole = false;
    this.changed.clear();
    gl.useProgram(this.program);
    for (const [name, first] of [
      ['a_from', 0],
      ['a_to', 2],
      ['a_time', 4],
      ['a_look', 6],
    ] as const) {
      const place = gl.getAttribLocation(this.program, name);
      gl.enableVertexAttribArray(place);
      gl.vertexAttribPointer(place, 2, gl.FLOAT, false, FLOATS * 4, first * 4);
    }
    const uniform = (name: string) => gl.getUniformLocation(this.program as WebGLProgram, name);
    gl.uniformMatrix4fv(
      uniform('u_matrix'),
      false,
      translated(args.defaultProjectionData.mainMatrix, this.origin),
    );
    gl.uniform1f(uniform('u_now'), now);
    gl.uniform1f(
      uniform('u_size'),
      (this.map.getZoom() > 13.5 ? 26 : 18) * this.map.getPixelRatio() * sizeHere(),
    );
    gl.uniform1f(uniform('u_bearing'), (this.map.getBearing() * Math.PI) / 180);
    gl.uniform3fv(uniform('u_colours'), states);
    gl.uniform3fv(uniform('u_rim'), rgb(colours.rim));
    gl.uniform3fv(uniform('u_outside'), rgb(colours.outside));
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    gl.drawArrays(gl.POINTS, 0, count);
    if (now < this.until) this.map.triggerRepaint();
  }

  /** Where they came from in the last minutes, fading. */
  private trail(
    gl: WebGL2RenderingContext,
    args: CustomRenderMethodInput,
    now: number,
    colours: number[],
  ): void {
    if (this.recent.fresh) this.trails.fill(gl, this.recent.steps, this.recent.count);
    this.recent.fresh = false;
    const [matrix, width] = [
      args.defaultProjectionData.mainMatrix,
      3.5 * this.map.getPixelRatio() * sizeHere(),
    ];
    this.trails.draw(gl, { matrix, origin: this.origin ?? [0, 0], now, span: TRAIL_MS, width, colours });
  }
}
