/** The strip with the pointer's coordinates, in the system that was chosen; the service knows the systems, we don't. */
import { useEffect, useState } from 'preact/hooks';
import type { Position, Service } from '../api/client';
import type { Key } from '../i18n/catalogue';
import type { TwinMap } from '../map/map';

type Props = { api: Service; t: (key: Key) => string; map: TwinMap };

/** The systems as people here call them. */
export const SYSTEMS: [crs: string, name: string][] = [
  ['EPSG:4326', 'WGS 84 · 4326'],
  ['EPSG:4490', 'CGCS2000 · 4490'],
  ['EPSG:4548', 'CGCS2000 117°E · 4548'],
  ['GCJ-02', 'GCJ-02'],
];
const PAUSE_MS = 90;

/** A place's numbers: degrees as lon, lat, metres as east, north. */
export function sayPosition({ x, y, degrees }: Position): string {
  return degrees ? `${x.toFixed(7)}, ${y.toFixed(7)}` : `${x.toFixed(3)}, ${y.toFixed(3)}`;
}

export function Readout({ api, t, map }: Props) {
  const [system, setSystem] = useState('EPSG:4326');
  const [at, setAt] = useState<[number, number]>();
  const [said, setSaid] = useState('');

  useEffect(() => {
    const { map: drawn } = map;
    const centre = () => setAt(drawn.getCenter().toArray());
    const point = (event: { lngLat: { lng: number; lat: number } }) =>
      setAt([event.lngLat.lng, event.lngLat.lat]);
    centre();
    drawn.on('mousemove', point);
    drawn.on('mouseout', centre);
    drawn.on('moveend', centre);
    return () => {
      drawn.off('mousemove', point);
      drawn.off('mouseout', centre);
      drawn.off('moveend', centre);
    };
  }, [map]);

  useEffect(() => {
    if (!at) return;
    if (system === 'EPSG:4326') return setSaid(`${at[0].toFixed(7)}, ${at[1].toFixed(7)}`);
    const given = new AbortController();
    const timer = setTimeout(() => {
      api.coordinates(at, given.signal).then(
        ({ positions }) => {
          const found = positions.find(({ crs }) => crs === system);
          setSaid(found ? sayPosition(found) + (found.usable ? '' : ` (${t('unfit')})`) : '—');
        },
        () => given.signal.aborted || setSaid('—'),
      );
    }, PAUSE_MS);
    return () => {
      clearTimeout(timer);
      given.abort();
    };
  }, [at, system, api]);

  return (
    <div class="readout">
      <select
        aria-label={t('coordinatesSystem')}
        value={system}
        onChange={(event) => setSystem(event.currentTarget.value)}
      >
        {SYSTEMS.map(([crs, name]) => (
          <option key={crs} value={crs}>
            {name}
          </option>
        ))}
      </select>
      <output>{said}</output>
    </div>
  );
}
