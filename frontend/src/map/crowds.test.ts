import { expect, it } from 'vitest';
import { grouped } from './crowds';

it('groups who stands together on the screen and loses nobody', () => {
  const places = Array.from({ length: 96 }, (_, n) => ({
    x: 0.8279 + (n % 12) * 1e-5,
    y: 0.39 + Math.floor(n / 12) * 1e-5,
    count: 1,
    outside: Number(n === 5),
  }));
  const [far, near] = [grouped(places, 5), grouped(places, 16)];
  expect(far).toHaveLength(1);
  expect(far[0]?.count).toBe(96);
  expect(far[0]?.outside).toBe(1);
  expect(far[0]?.x).toBeCloseTo(0.8279 + 5.5e-5, 8);
  expect(near.length).toBeGreaterThan(10);
  expect(near.reduce((sum, { count }) => sum + count, 0)).toBe(96);
  expect(
    grouped(
      [
        { x: 0.5, y: 0.5, count: 40, outside: 0 },
        { x: 0.5, y: 0.5, count: 2, outside: 0 },
      ],
      5,
    ),
  ).toEqual([{ x: 0.5, y: 0.5, count: 42, outside: 0 }]);
});
