import { expect, test } from 'vitest';
import { spotsOf } from './hot';

test('hot cells that touch are one spot, at the hottest of them', () => {
  const cell = (east: number, north: number, n: number, z: number) => ({
    lon: 118 + (east * 250) / (111_320 * Math.cos((36.8 * Math.PI) / 180)),
    lat: 36.8 + (north * 250) / 111_320,
    n,
    z,
  });
  const [first, second, ...more] = spotsOf(
    [cell(0, 0, 3, 3.1), cell(1, 1, 9, 4.2), cell(2, 1, 1, 2.9), cell(8, 0, 5, 3.5)],
    250,
  );
  expect(first).toEqual({ ...cell(1, 1, 13, 4.2), cells: 3 });
  expect(second?.n).toBe(5);
  expect(more).toEqual([]);
});
