/** Lengths and areas on the ground: on the ellipsoid, after Karney (2013), never on the map's flat picture. */
import { Geodesic } from 'geographiclib-geodesic';
import type { LonLat } from '../url';

const EARTH = Geodesic.WGS84;
/** Points of a drawn line are no further apart, so that a long one is drawn where it is measured. */
const STEP_M = 20_000;

/** Metres along the geodesic from one place to another. */
export function distance([lon1, lat1]: LonLat, [lon2, lat2]: LonLat): number {
  return EARTH.Inverse(lat1, lon1, lat2, lon2).s12 ?? 0;
}

/** Metres from the first place to each, along the line. */
export function along(points: LonLat[]): number[] {
  let sum = 0;
  return points.map((point, i) => {
    const before = points[i - 1];
    if (before) sum += distance(before, point);
    return sum;
  });
}

/** Square metres inside a ring (given without its first place again) and metres around it. */
export function extent(ring: LonLat[]): { area: number; perimeter: number } {
  const polygon = EARTH.Polygon(false);
  for (const [lon, lat] of ring) polygon.AddPoint(lat, lon);
  const { area = 0, perimeter } = polygon.Compute(false, true);
  return { area: Math.abs(area), perimeter };
}

/** The places of a geodesic between two, ends included; many only where it is long. */
export function path(from: LonLat, to: LonLat): LonLat[] {
  const pieces = Math.min(200, Math.ceil(distance(from, to) / STEP_M));
  if (pieces < 2) return [from, to];
  const line = EARTH.InverseLine(from[1], from[0], to[1], to[0]);
  const inner = Array.from({ length: pieces - 1 }, (_, i): LonLat => {
    const at = line.Position((line.s13 * (i + 1)) / pieces);
    return [at.lon2 ?? from[0], at.lat2 ?? from[1]];
  });
  return [from, ...inner, to];
}

const UNITS = { zh: { m: '米', km: '公里', m2: '平方米', ha: '公顷', km2: '平方公里' }, en: {} } as const;
type Unit = keyof (typeof UNITS)['zh'];
const PLAIN: Record<Unit, string> = { m: 'm', km: 'km', m2: 'm²', ha: 'ha', km2: 'km²' };

function say(value: number, digits: number, unit: Unit, language: 'zh' | 'en'): string {
  const number = value.toLocaleString(language === 'zh' ? 'zh-CN' : 'en', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  return `${number} ${language === 'zh' ? UNITS.zh[unit] : PLAIN[unit]}`;
}

/** A length as people write it. */
export function sayLength(metres: number, language: 'zh' | 'en'): string {
  if (metres < 1000) return say(metres, metres < 100 ? 2 : 1, 'm', language);
  return say(metres / 1000, metres < 100_000 ? 3 : 1, 'km', language);
}

/** An area as people write it: square metres up to a hectare, then hectares, then square kilometres. */
export function sayArea(squareMetres: number, language: 'zh' | 'en'): string {
  if (squareMetres < 10_000) return say(squareMetres, 1, 'm2', language);
  if (squareMetres < 1_000_000) return say(squareMetres / 10_000, 3, 'ha', language);
  return say(squareMetres / 1_000_000, 3, 'km2', language);
}
