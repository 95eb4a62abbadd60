import { expect, test } from 'vitest';
import type { LonLat } from '../url';
import { along, distance, extent, path, sayArea, sayLength } from './geodesy';

test('lengths are those of the ellipsoid, not of the flat map', () => {
  // a degree of the meridian and of the parallel near 36.85° N (GeographicLib's GeodSolve)
  expect(distance([118, 36.5], [118, 37.5])).toBeCloseTo(110_982.0, -1);
  expect(distance([118, 36.855], [118.001, 36.855])).toBeCloseTo(89.19, 1);
  // Flinders Peak to Buninyong on the WGS 84 ellipsoid, a textbook line: 54,972.289 m (GRS 80, same to 0.1 mm here)
  const flinders: LonLat = [144 + 25 / 60 + 29.52442 / 3600, -(37 + 57 / 60 + 3.7203 / 3600)];
  const buninyong: LonLat = [143 + 55 / 60 + 35.3839 / 3600, -(37 + 39 / 60 + 10.1561 / 3600)];
  expect(distance(flinders, buninyong)).toBeCloseTo(54_972.271, 1);
  expect(
    along([
      [118, 36],
      [118, 36],
      [118, 36],
    ]),
  ).toEqual([0, 0, 0]);
});

test('areas are those of the ellipsoid, whichever way round they are drawn', () => {
  const ring: LonLat[] = [
    [118.06, 36.85],
    [118.07, 36.85],
    [118.07, 36.86],
    [118.06, 36.86],
  ];
  const { area, perimeter } = extent(ring);
  expect(area / (89.199 * 10 * 110.983 * 10)).toBeCloseTo(1, 3);
  expect(extent([...ring].reverse())).toEqual({ area, perimeter });
  expect(perimeter).toBeCloseTo(along([...ring, ring[0] as LonLat]).at(-1) as number, 6);
  // the flat map would say 1.56 times as much
  expect(area * 1.5).toBeLessThan((1113.19 * 1113.19) / Math.cos((36.855 * Math.PI) / 180));
});

test('a long line bends as its geodesic does, a short one is straight', () => {
  expect(path([118, 36], [118.1, 36])).toHaveLength(2);
  const far = path([116.4, 39.9], [121.5, 31.2]);
  expect(far.length).toBeGreaterThan(40);
  expect(along(far).at(-1)).toBeCloseTo(distance([116.4, 39.9], [121.5, 31.2]), 3);
});

test('numbers are said in units that fit', () => {
  expect(sayLength(12.345, 'zh')).toBe('12.35 米');
  expect(sayLength(1234.5, 'en')).toBe('1.235 km');
  expect(sayArea(12_345.6, 'zh')).toBe('1.235 公顷');
  expect(sayArea(999, 'en')).toBe('999.0 m²');
  expect(sayArea(2_345_678, 'en')).toBe('2.346 km²');
});
