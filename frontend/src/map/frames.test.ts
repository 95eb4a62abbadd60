import { expect, test } from 'vitest';
import { decode, GONE } from './frames';

function frame(kind: number, cells: [told: number, records: [number, number, number, number, number][]][]) {
  const size = 20 + cells.reduce((sum, [, records]) => sum + 12 + records.length * 8, 0);
  const view = new DataView(new ArrayBuffer(size));
  view.setUint8(0, 2);
  view.setUint8(1, kind);
  view.setUint32(4, 7, true);
  view.setUint32(16, cells.length, true);
  let at = 20;
  for (const [told, records] of cells) {
    view.setUint32(at, 3, true);
    view.setUint16(at + 4, 13564, true);
    view.setUint16(at + 6, 6430, true);
    view.setUint32(at + 8, told >>> 0, true);
    at += 12;
    for (const [number, x, y, heading, state] of records) {
      view.setUint32(at, number | (heading << 24), true);
      view.setUint32(at + 4, (x | (y << 14) | (state << 28)) >>> 0, true);
      at += 8;
    }
  }
  return view.buffer as ArrayBuffer;
}

test('a whole cell tells where everybody in it is', () => {
  const found = decode(frame(1, [[1, [[42, 8192, 0, 255, 1]]]]));
  expect(found.snapshot).toBe(true);
  expect(found.sequence).toBe(7);
  expect(found.seen[0]).toEqual({
    number: 42,
    x: 13564.5 / 16384,
    y: 6430 / 16384,
    heading: undefined,
    state: 1,
    cell: '3/13564/6430',
  });
  expect([...(found.whole.get('3/13564/6430') ?? [])]).toEqual([42]);
});

test('a change names who came and who is gone, and no more', () => {
  const found = decode(
    frame(2, [
      [
        (1 << 30) | 2,
        [
          [1, 0, 0, 0, 0],
          [2, 0, 0, 0, GONE],
        ],
      ],
    ]),
  );
  expect(found.gone).toEqual([{ number: 2, cell: '3/13564/6430' }]);
  expect(found.seen[0]?.heading).toBe(0);
  expect(found.whole.size).toBe(0);
});

test('a number alone names nobody', () => {
  const found = decode(frame(1, [[(1 << 31) | 9, []]]));
  expect([found.seen, found.gone]).toEqual([[], []]);
});

test('a frame that is cut off is an error', () => {
  expect(() => decode(frame(1, [[1, [[42, 0, 0, 0, 0]]]]).slice(0, 30))).toThrow(RangeError);
});
