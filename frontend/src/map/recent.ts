/** The ways of the last minutes behind live workers: a ring of steps, the oldest overwritten. */
import { STEP } from './trails';

const MOST = 16_384;
/** Longer steps are no way that somebody walked (Mercator units, about 500 m). */
const FARTHEST = 1.6e-5;

export class Recent {
  readonly steps = new Float32Array(MOST * STEP);
  private next = 0;
  private filled = 0;
  /** Whether something has changed since `taken`. */
  fresh = false;

  /** A step between two places (from the origin) and moments (ms). */
  add(x0: number, y0: number, x1: number, y1: number, begin: number, end: number, state: number): void {
    const far = Math.hypot(x1 - x0, y1 - y0);
    if (far === 0 || far > FARTHEST) return;
    const [steps, at] = [this.steps, this.next * STEP];
    steps[at] = x0;
    steps[at + 1] = y0;
    steps[at + 2] = x1;
    steps[at + 3] = y1;
    steps[at + 4] = begin;
    steps[at + 5] = end;
    steps[at + 6] = state;
    this.next = (this.next + 1) % MOST;
    this.filled = Math.min(MOST, this.filled + 1);
    this.fresh = true;
  }

  get count(): number {
    return this.filled;
  }

  /** Moments count from `past` ms later on. */
  rebase(past: number): void {
    for (let step = 0; step < this.filled; step++)
      for (const at of [4, 5]) this.steps[step * STEP + at] = (this.steps[step * STEP + at] ?? 0) - past;
    this.fresh = true;
  }
}
