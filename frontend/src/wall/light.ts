/** The sun over the map: low and warm in the morning and evening, from where it stands at that hour. */
import type { Map as MapLibre } from 'maplibre-gl';

const RAD = Math.PI / 180;

/**
 * Where the sun stands: azimuth from the north and altitude over the horizon, in degrees.
 *
 * Low precision (about half a degree), from the Astronomical Almanac's formula for the sun's position.
 */
export function sun(at: number, lon: number, lat: number): { azimuth: number; altitude: number } {
  const days = at / 86_400_000 - 10_957.5; // since 2000-01-01 12:00 UTC
  const mean = (357.529 + 0.98560028 * days) * RAD;
  const ecliptic = (280.459 + 0.98564736 * days + 1.915 * Math.sin(mean) + 0.02 * Math.sin(2 * mean)) * RAD;
  const tilt = (23.439 - 0.00000036 * days) * RAD;
  const declination = Math.asin(Math.sin(tilt) * Math.sin(ecliptic));
  const ascension = Math.atan2(Math.cos(tilt) * Math.sin(ecliptic), Math.cos(ecliptic));
  const sidereal = (280.46061837 + 360.98564736629 * days + lon) * RAD;
  const hour = sidereal - ascension;
  const [sin, cos] = [Math.sin(lat * RAD), Math.cos(lat * RAD)];
  const altitude = Math.asin(sin * Math.sin(declination) + cos * Math.cos(declination) * Math.cos(hour));
  const azimuth = Math.atan2(Math.sin(hour), Math.cos(hour) * sin - Math.tan(declination) * cos) / RAD + 180;
  return { azimuth: ((azimuth % 360) + 360) % 360, altitude: altitude / RAD };
}

/** Lights the buildings as at a moment (ms since 1970); by night the moon's cold light from the south. */
export function light(map: MapLibre, at: number): void {
  if (!map.style || !map.getStyle()?.layers?.length) return;
  const { lng, lat } = map.getCenter();
  const { azimuth, altitude } = sun(at, lng, lat);
  const up = altitude > 0;
  const low = Math.max(0, 1 - altitude / 25);
  map.setLight({
    anchor: 'map',
    color: up
      ? `hsl(${Math.round(44 - 16 * low)} ${Math.round(60 + 30 * low)}% ${Math.round(94 - 12 * low)}%)`
      : '#cfdcff',
    intensity: up ? 0.24 + 0.16 * low : 0.34,
    position: [1.3, up ? azimuth : 180, up ? Math.max(15, 90 - altitude) : 40],
  });
}
