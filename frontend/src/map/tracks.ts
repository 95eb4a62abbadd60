/** Everybody's tracks between two times, as `GET /api/replay?format=binary` sends them (docs/live.md). */
import { mercator, type Origin } from './glyphs';
import { STEP } from './trails';

export type Walker = {
  number: number;
  id?: string;
  name?: string;
  grid?: string;
  first: number;
  count: number;
};
type Head = { from: number; to: number; step: number; points: number; workers: Walker[] };

/** Between two fixes that lie farther apart nobody knows the way: the worker waits where the last one was, greyed. */
const LOST_S = 600;

export class Tracks {
  /** ms since 1970. */
  readonly from: number;
  readonly to: number;
  readonly walkers: Walker[];
  readonly origin: Origin;
  /** Seconds since `from`; Mercator units from the origin; 1 for standing. */
  private readonly at: Float64Array;
  private readonly x: Float32Array;
  private readonly y: Float32Array;
  private readonly standing: Uint8Array;
  private readonly lost: number;
  private readonly cursors: Int32Array;

  private constructor(head: Head, at: Uint32Array, lon: Int32Array, lat: Int32Array, standing: Uint8Array) {
    this.from = head.from;
    this.to = head.to;
    this.walkers = head.workers;
    this.standing = standing;
    this.lost = Math.max(LOST_S, head.step * 3);
    this.at = Float64Array.from(at, (ms) => ms / 1000);
    this.x = new Float32Array(head.points);
    this.y = new Float32Array(head.points);
    this.cursors = Int32Array.from(head.workers, ({ first }) => first);
    this.origin = head.points ? mercator((lon[0] ?? 0) / 1e7, (lat[0] ?? 0) / 1e7) : [0, 0];
    for (let point = 0; point < head.points; point++) {
      const [x, y] = mercator((lon[point] ?? 0) / 1e7, (lat[point] ?? 0) / 1e7);
      this.x[point] = x - this.origin[0];
      this.y[point] = y - this.origin[1];
    }
  }

  /** Reads an answer; throws RangeError or SyntaxError when it is none. */
  static decode(body: ArrayBuffer): Tracks {
    const view = new DataView(body);
    if (view.getUint32(0) !== 0x47545231) throw new RangeError('no replay');
    const size = view.getUint32(4, true);
    const head: Head = JSON.parse(new TextDecoder().decode(new Uint8Array(body, 8, size)));
    const column = (index: number) => 8 + size + 4 * index * head.points;
    return new Tracks(
      head,
      new Uint32Array(body, column(0), head.points),
      new Int32Array(body, column(1), head.points),
      new Int32Array(body, column(2), head.points),
      new Uint8Array(body, column(3), head.points),
    );
  }

  get points(): number {
    return this.x.length;
  }

  /** All steps in the order of their ends, for `Trails`; and these ends, to find what a moment shows. */
  steps(): { steps: Float32Array; ends: Float64Array; longest: number } {
    const found: number[] = [];
    for (const { first, count } of this.walkers)
      for (let point = first + 1; point < first + count; point++)
        if ((this.at[point] ?? 0) - (this.at[point - 1] ?? 0) <= this.lost) found.push(point);
    const ordered = Uint32Array.from(found).sort((a, b) => (this.at[a] ?? 0) - (this.at[b] ?? 0));
    const steps = new Float32Array(ordered.length * STEP);
    let longest = 0;
    ordered.forEach((point, index) => {
      const [begin = 0, end = 0] = [this.at[point - 1], this.at[point]];
      longest = Math.max(longest, end - begin);
      steps.set(
        [this.x[point - 1] ?? 0, this.y[point - 1] ?? 0, this.x[point] ?? 0, this.y[point] ?? 0, begin, end],
        index * STEP,
      );
      steps[index * STEP + 6] = this.standing[point] ?? 0;
    });
    return { steps, ends: Float64Array.from(ordered, (point) => this.at[point] ?? 0), longest };
  }

  /**
   * Calls back for each worker who is known at a moment (s since `from`): x and y from the origin, heading in radians
   * or -1, state (0 moving, 1 standing, 2 not heard of).
   */
  place(
    moment: number,
    seen: (walker: Walker, x: number, y: number, heading: number, state: number) => void,
  ): void {
    this.walkers.forEach((walker, index) => {
      const end = walker.first + walker.count;
      let cursor = this.cursors[index] ?? walker.first;
      if ((this.at[cursor] ?? 0) > moment) cursor = this.before(walker, moment);
      while (cursor + 1 < end && (this.at[cursor + 1] ?? 0) <= moment) {
        if (cursor + 64 < end && (this.at[cursor + 64] ?? 0) <= moment) cursor = this.before(walker, moment);
        else cursor++;
      }
      this.cursors[index] = cursor;
      const since = moment - (this.at[cursor] ?? 0);
      if (since < 0) return;
      const [x, y] = [this.x[cursor] ?? 0, this.y[cursor] ?? 0];
      const took =
        cursor + 1 < end ? (this.at[cursor + 1] ?? 0) - (this.at[cursor] ?? 0) : Number.POSITIVE_INFINITY;
      if (took > this.lost) {
        if (since <= this.lost) seen(walker, x, y, -1, since < 60 ? 1 : 2);
        return;
      }
      const [dx, dy] = [(this.x[cursor + 1] ?? 0) - x, (this.y[cursor + 1] ?? 0) - y];
      const standing = this.standing[cursor + 1] === 1 || (!dx && !dy);
      const heading = standing ? -1 : (Math.atan2(dx, -dy) + 2 * Math.PI) % (2 * Math.PI);
      const share = since / took;
      seen(walker, x + dx * share, y + dy * share, heading, standing ? 1 : 0);
    });
  }

  /** The last point of a worker at or before a moment, or the first. */
  private before(walker: Walker, moment: number): number {
    let [low, high] = [walker.first, walker.first + walker.count - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.at[middle] ?? 0) <= moment) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** How many workers were heard of in each of `bins` equal parts of the time, for a time bar. */
  activity(bins: number): number[] {
    const found = new Array<number>(bins).fill(0);
    const span = Math.max(1, (this.to - this.from) / 1000);
    for (const { first, count } of this.walkers) {
      let last = -1;
      for (let point = first; point < first + count; point++) {
        const bin = Math.min(bins - 1, Math.floor(((this.at[point] ?? 0) / span) * bins));
        if (bin !== last) found[bin] = (found[bin] ?? 0) + 1;
        last = bin;
      }
    }
    return found;
  }
}
