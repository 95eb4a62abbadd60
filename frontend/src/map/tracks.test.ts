import { describe, expect, it } from 'vitest';
import { Tracks } from './tracks';

/** An answer of the service with a worker for each list of points (s, lon, lat, standing). */
function answer(walkers: [number, number, number, number][][], to = 3600): ArrayBuffer {
  const points = walkers.flat();
  let first = 0;
  const workers = walkers.map((own, index) => {
    first += own.length;
    return { number: index + 1, first: first - own.length, count: own.length };
  });
  const head = { from: 1_000_000, to: 1_000_000 + to * 1000, step: 1, points: points.length, workers };
  let text = JSON.stringify(head);
  text += ' '.repeat((4 - (text.length % 4)) % 4);
  const body = new Uint8Array(8 + text.length + 13 * points.length);
  const view = new DataView(body.buffer);
  view.setUint32(0, 0x47545231);
  view.setUint32(4, text.length, true);
  body.set(new TextEncoder().encode(text), 8);
  points.forEach(([at, lon, lat, standing], index) => {
    const column = (number: number) => 8 + text.length + 4 * number * points.length + 4 * index;
    view.setUint32(column(0), at * 1000, true);
    view.setInt32(column(1), Math.round(lon * 1e7), true);
    view.setInt32(column(2), Math.round(lat * 1e7), true);
    view.setUint8(8 + text.length + 12 * points.length + index, standing);
  });
  return body.buffer;
}

const EAST: [number, number, number, number][] = [
  [0, 118, 36, 0],
  [60, 118.001, 36, 0],
  [120, 118.001, 36, 1],
  [2000, 118.002, 36, 0],
];

function at(tracks: Tracks, moment: number) {
  const seen: { number: number; lon: number; heading: number; state: number }[] = [];
  tracks.place(moment, ({ number }, x, _, heading, state) =>
    seen.push({ number, lon: (x + tracks.origin[0]) * 360 - 180, heading, state }),
  );
  return seen;
}

describe('a replay', () => {
  it('shows a worker on the way between two fixes, facing ahead', () => {
    const [one] = at(Tracks.decode(answer([EAST])), 30);
    expect(one?.lon).toBeCloseTo(118.0005, 6);
    expect(one?.heading).toBeCloseTo(Math.PI / 2, 6);
    expect(one?.state).toBe(0);
  });

  it('knows who stands, who is not heard of, and who is not there yet or any more', () => {
    const tracks = Tracks.decode(answer([EAST, [[100, 118, 36, 0]]]));
    expect(at(tracks, 90).map(({ number, state }) => [number, state])).toEqual([[1, 1]]);
    expect(at(tracks, 400).find(({ number }) => number === 1)?.state).toBe(2);
    expect(at(tracks, 900)).toEqual([]);
    expect(at(tracks, 2000).map(({ number }) => number)).toEqual([1]);
    expect(at(tracks, 3500)).toEqual([]);
  });

  it('can be wound to any moment, backwards too', () => {
    const long = Array.from({ length: 500 }, (_, i) => [i, 118 + i * 1e-5, 36, 0] as (typeof EAST)[number]);
    const tracks = Tracks.decode(answer([long]));
    for (const moment of [499, 3.5, 250, 0, 77.25])
      expect(at(tracks, moment)[0]?.lon).toBeCloseTo(118 + moment * 1e-5, 6);
  });

  it('has steps in the order of time, none across a gap, and the activity of each part of the time', () => {
    const tracks = Tracks.decode(
      answer([
        EAST,
        [
          [30, 118, 36, 0],
          [90, 118, 36.001, 0],
        ],
      ]),
    );
    const { ends, longest } = tracks.steps();
    expect([...ends]).toEqual([60, 90, 120]);
    expect(longest).toBe(60);
    expect(tracks.activity(36)).toEqual([2, 1, ...new Array(18).fill(0), 1, ...new Array(15).fill(0)]);
  });

  it('refuses what is none', () => {
    expect(() => Tracks.decode(new ArrayBuffer(4))).toThrow(RangeError);
  });
});
