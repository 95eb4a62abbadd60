/**
 * Replay on a map: every worker of an area as they moved between two times, at 1 to 600 times the speed, with trails.
 *
 *   const replay = new Replay(map, { theme: () => 'night', moment: (ms) => … });
 *   await replay.load({ from, to, area, reason });   // ms since 1970; throws Problem
 *   replay.speed = 60; replay.play(); replay.seek(ms); replay.pause(); replay.remove();
 */
import type { CustomLayerInterface, CustomRenderMethodInput, Map as MapLibre } from 'maplibre-gl';
import { Problem } from '../api/client';
import { build, COLOURS, degrees, FRAGMENT, rgb, type Theme, translated, VERTEX } from './glyphs';
import { sizeHere } from './style/style';
import { Tracks, type Walker } from './tracks';
import { Trails } from './trails';

const ID = 'replay';
const FLOATS = 8;
const REACH_PX = 14;
const TRAIL_S = 300;
/** A trail lasts at least so long on the screen, however fast time runs. */
const TRAIL_SHOWN_S = 2.5;
const TELL_MS = 100;
export const SPEEDS = [1, 10, 60, 300, 600] as const;

export type Asked = { from: number; to: number; area?: string; step?: number; reason?: string };
export type ReplayOptions = {
  theme: () => Theme;
  /** Hears the moment shown, ms since 1970, some ten times a second while it plays, and whenever it jumps. */
  moment?: (ms: number) => void;
  /** Hears when it plays or stands, at the end too. */
  playing?: (plays: boolean) => void;
};

/** Asks the service; throws Problem. */
export async function fetchTracks(asked: Asked, language = 'zh', signal?: AbortSignal): Promise<Tracks> {
  const query = new URLSearchParams({ format: 'binary' });
  query.set('from', new Date(asked.from).toISOString());
  query.set('to', new Date(asked.to).toISOString());
  for (const key of ['area', 'step', 'reason'] as const)
    if (asked[key] !== undefined) query.set(key, String(asked[key]));
  const init: RequestInit = { credentials: 'same-origin', headers: { 'Accept-Language': language } };
  const answer = await fetch(`/api/replay?${query}`, signal ? { ...init, signal } : init);
  if (!answer.ok) {
    const problem = (await answer.json().catch(() => ({}))) as { detail?: string };
    throw new Problem(answer.status, problem.detail ?? answer.statusText);
  }
  return Tracks.decode(await answer.arrayBuffer());
}

export class Replay implements CustomLayerInterface {
  readonly id = ID;
  readonly type = 'custom' as const;
  readonly renderingMode = '2d' as const;
  tracks: Tracks | undefined;
  private steps: ReturnType<Tracks['steps']> | undefined;
  private readonly trails = new Trails();
  private program: WebGLProgram | undefined;
  private buffer: WebGLBuffer | null = null;
  private filled = false;
  private values = new Float32Array(0);
  private shown: { walker: Walker; x: number; y: number }[] = [];
  /** Seconds since the beginning, and when (page's clock) that was so. */
  private seconds = 0;
  private anchored = 0;
  private plays = false;
  private fast = 60;
  private told = 0;

  constructor(
    private readonly map: MapLibre,
    private readonly options: ReplayOptions,
  ) {
    this.add();
    map.on('style.load', this.add);
    map.on('webglcontextrestored', this.add);
  }

  /** Takes the layer off the map. */
  remove(): void {
    this.pause();
    this.map.off('style.load', this.add);
    this.map.off('webglcontextrestored', this.add);
    if (this.map.getLayer(ID)) this.map.removeLayer(ID);
  }

  /** Fetches and shows the beginning; throws Problem. */
  async load(asked: Asked, language = 'zh', signal?: AbortSignal): Promise<Tracks> {
    const tracks = await fetchTracks(asked, language, signal);
    this.use(tracks);
    return tracks;
  }

  /** Shows tracks that are there already. */
  use(tracks: Tracks): void {
    this.pause();
    this.tracks = tracks;
    this.steps = tracks.steps();
    this.filled = false;
    this.values = new Float32Array(tracks.walkers.length * FLOATS);
    this.seek(tracks.from);
  }

  get length(): number {
    return this.tracks ? (this.tracks.to - this.tracks.from) / 1000 : 0;
  }

  /** The moment shown, ms since 1970. */
  get moment(): number {
    return (this.tracks?.from ?? 0) + this.now() * 1000;
  }

  get speed(): number {
    return this.fast;
  }

  set speed(times: number) {
    this.anchor(this.now());
    this.fast = times;
  }

  get playing(): boolean {
    return this.plays;
  }

  play(): void {
    if (!this.tracks || this.plays) return;
    this.anchor(this.now() >= this.length ? 0 : this.now());
    this.plays = true;
    this.options.playing?.(true);
    this.map.triggerRepaint();
  }

  pause(): void {
    if (!this.plays) return;
    this.anchor(this.now());
    this.plays = false;
    this.options.playing?.(false);
  }

  /** Jumps to a moment, ms since 1970. */
  seek(ms: number): void {
    const seconds = (ms - (this.tracks?.from ?? 0)) / 1000;
    this.anchor(Math.max(0, Math.min(this.length, seconds)));
    this.tell(true);
    this.map.triggerRepaint();
  }

  /** The worker drawn at a point of the screen. */
  pick(x: number, y: number): Walker | undefined {
    let [nearest, best] = [undefined as Walker | undefined, REACH_PX];
    const [x0, y0] = this.tracks?.origin ?? [0, 0];
    for (const one of this.shown) {
      const point = this.map.project(degrees(x0 + one.x, y0 + one.y));
      const distance = Math.hypot(point.x - x, point.y - y);
      if (distance < best) [nearest, best] = [one.walker, distance];
    }
    return nearest;
  }

  private readonly add = (): void => {
    const layers = this.map.style ? this.map.getStyle()?.layers : undefined;
    if (!layers?.length || this.map.getLayer(ID)) return;
    this.map.addLayer(this, layers.find((layer) => layer.id.startsWith('label-'))?.id);
    this.map.triggerRepaint();
  };

  private anchor(seconds: number): void {
    this.seconds = seconds;
    this.anchored = performance.now();
  }

  private now(): number {
    if (!this.plays) return this.seconds;
    return Math.min(this.length, this.seconds + ((performance.now() - this.anchored) / 1000) * this.fast);
  }

  private tell(atOnce = false): void {
    const now = performance.now();
    if (!atOnce && now - this.told < TELL_MS) return;
    this.told = now;
    this.options.moment?.(this.moment);
  }

  onAdd(_: MapLibre, gl: WebGL2RenderingContext): void {
    this.program = build(gl, VERTEX, FRAGMENT);
    this.buffer = gl.createBuffer();
    this.trails.add(gl);
    this.filled = false;
  }

  onRemove(_: MapLibre, gl: WebGL2RenderingContext): void {
    if (this.program) gl.deleteProgram(this.program);
    if (this.buffer) gl.deleteBuffer(this.buffer);
    this.trails.remove(gl);
    this.program = undefined;
    this.buffer = null;
  }

  render(context: WebGLRenderingContext | WebGL2RenderingContext, args: CustomRenderMethodInput): void {
    const gl = context as WebGL2RenderingContext;
    const { tracks, steps, program } = this;
    if (!tracks || !steps || !program || !this.buffer) return;
    const now = this.now();
    const colours = COLOURS[this.options.theme()];
    const matrix = args.defaultProjectionData.mainMatrix;
    const states = colours.states.flatMap(rgb);
    if (!this.filled) this.trails.fill(gl, steps.steps, steps.ends.length);
    this.filled = true;
    const span = Math.max(TRAIL_S, TRAIL_SHOWN_S * this.fast);
    const first = lowerBound(steps.ends, now - span);
    const count = lowerBound(steps.ends, now + steps.longest) + 1 - first;
    const near = this.map.getZoom() > 13.5;
    const width = (near ? 4 : 2.5) * this.map.getPixelRatio() * sizeHere();
    this.trails.draw(gl, { matrix, origin: tracks.origin, now, span, width, colours: states, first, count });
    this.points(gl, program, translated(matrix, tracks.origin), now, near, states);
    this.tell();
    if (this.plays && now >= this.length) this.pause();
    if (this.plays) this.map.triggerRepaint();
  }

  private points(
    gl: WebGL2RenderingContext,
    program: WebGLProgram,
    matrix: Float32Array,
    now: number,
    near: boolean,
    states: number[],
  ): void {
    const colours = COLOURS[this.options.theme()];
    this.shown = [];
    this.tracks?.place(now, (walker, x, y, heading, state) => {
      this.values.set([x, y, x, y, 0, 1, heading, state], this.shown.length * FLOATS);
      this.shown.push({ walker, x, y });
    });
    if (!this.shown.length) return;
    gl.useProgram(program);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.buffer);
    gl.bufferData(gl.ARRAY_BUFFER, this.values.subarray(0, this.shown.length * FLOATS), gl.STREAM_DRAW);
    for (const [name, at] of [
      ['a_from', 0],
      ['a_to', 2],
      ['a_time', 4],
      ['a_look', 6],
    ] as const) {
      const place = gl.getAttribLocation(program, name);
      gl.enableVertexAttribArray(place);
      gl.vertexAttribPointer(place, 2, gl.FLOAT, false, FLOATS * 4, at * 4);
    }
    const uniform = (name: string) => gl.getUniformLocation(program, name);
    gl.uniformMatrix4fv(uniform('u_matrix'), false, matrix);
    gl.uniform1f(uniform('u_now'), 1);
    gl.uniform1f(uniform('u_size'), (near ? 26 : 16) * this.map.getPixelRatio() * sizeHere());
    gl.uniform1f(uniform('u_bearing'), (this.map.getBearing() * Math.PI) / 180);
    gl.uniform3fv(uniform('u_colours'), states);
    gl.uniform3fv(uniform('u_rim'), rgb(colours.rim));
    gl.uniform3fv(uniform('u_outside'), rgb(colours.outside));
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    gl.drawArrays(gl.POINTS, 0, this.shown.length);
  }
}

/** The first place in ascending numbers that isn't less than a value. */
function lowerBound(numbers: Float64Array, value: number): number {
  let [low, high] = [0, numbers.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((numbers[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
