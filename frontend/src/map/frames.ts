/** The binary frames of `WS /live`, as docs/live.md describes them. */
const HEAD = 20;
const CELL = 12;
const RECORD = 8;
const UNITS = 16384; // of a cell's side
const ZOOM = 14;
export const GONE = 15;

/** A worker in a frame; x and y in Mercator units, 0 … 1 from the north-west; heading in degrees or undefined. */
export type Seen = {
  number: number;
  x: number;
  y: number;
  heading: number | undefined;
  state: number;
  cell: string;
};
export type Frame = {
  sequence: number;
  snapshot: boolean;
  /** Those who changed, and for each cell that was sent whole, who is in it. */
  seen: Seen[];
  gone: { number: number; cell: string }[];
  whole: Map<string, Set<number>>;
  /** Cells of which only the number of workers is told, and their middles. */
  counts: Map<string, { x: number; y: number; count: number }>;
};

/** Reads a frame; throws RangeError when it is cut off. */
export function decode(bytes: ArrayBuffer): Frame {
  const view = new DataView(bytes);
  const frame: Frame = {
    sequence: view.getUint32(4, true),
    snapshot: view.getUint8(1) === 1,
    seen: [],
    gone: [],
    whole: new Map(),
    counts: new Map(),
  };
  let at = HEAD;
  for (let cells = view.getUint32(16, true); cells > 0; cells--) {
    const [column, row] = [view.getUint16(at + 4, true), view.getUint16(at + 6, true)];
    const told = view.getUint32(at + 8, true);
    const cell = `${view.getUint32(at, true)}/${column}/${row}`;
    at += CELL;
    if (told >>> 31) {
      const [x, y] = [(column + 0.5) / 2 ** ZOOM, (row + 0.5) / 2 ** ZOOM];
      frame.counts.set(cell, { x, y, count: told & 0x3fffffff });
      continue;
    }
    const inside = (told >>> 30) & 1 ? undefined : new Set<number>();
    for (let left = told & 0x3fffffff; left > 0; left--, at += RECORD) {
      const who = view.getUint32(at, true);
      const where = view.getUint32(at + 4, true);
      const number = who & 0xffffff;
      const state = where >>> 28;
      if (state === GONE) {
        frame.gone.push({ number, cell });
        continue;
      }
      const heading = who >>> 24;
      inside?.add(number);
      frame.seen.push({
        number,
        x: (column + (where & 0x3fff) / UNITS) / 2 ** ZOOM,
        y: (row + ((where >>> 14) & 0x3fff) / UNITS) / 2 ** ZOOM,
        heading: heading === 255 ? undefined : (heading * 360) / 255,
        state,
        cell,
      });
    }
    if (inside) frame.whole.set(cell, inside);
  }
  return frame;
}
