import { expect, test } from 'vitest';
import { touched } from './fresh';

test('a small change touches a tile of each zoom, and its neighbours where it is at their edge', () => {
  const places = touched([118.06, 36.85, 118.0601, 36.8501], 17) ?? [];
  expect(new Set(places.map((place) => place.z)).size).toBe(18);
  expect(places).toContainEqual({ z: 14, x: 13565, y: 6385 });
  expect(places.length).toBeLessThan(40);
});

test('a change of a whole district is answered by all tiles', () => {
  expect(touched([117, 36, 119, 37], 17)).toBeUndefined();
});
