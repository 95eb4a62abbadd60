/** The map as a sheet of paper: title, legend, scale, north, date and source; what is seen is what is printed. */
import { useEffect, useState } from 'preact/hooks';
import type { Twin } from '../api/client';
import { serviceNow, timeZone } from '../api/clock';
import type { Key } from '../i18n/catalogue';
import type { TwinMap } from '../map/map';
import type { View } from '../url';
import { Legend } from './legend';

type Props = {
  t: (key: Key) => string;
  view: View;
  twin: Twin;
  map: TwinMap;
  attribution: string | undefined;
  close: () => void;
};

const PAPERS: [paper: string, name: Key][] = [
  ['a4', 'sheetA4'],
  ['a4p', 'sheetA4p'],
  ['a3', 'sheetA3'],
  ['a3p', 'sheetA3p'],
];
const SCALES = [500, 1000, 2000, 5000, 10_000, 25_000, 50_000, 100_000];
const PX_M = 0.0254 / 96; // a CSS pixel on paper
const EARTH_M = 40_075_016.686; // around the equator, as Web Mercator has it
const PIXEL_RATIO = 2.5; // about 240 dots an inch

/** Metres on the ground that a CSS pixel in the middle of the map stands for. */
function groundPerPixel(zoom: number, lat: number): number {
  return (EARTH_M * Math.cos((lat * Math.PI) / 180)) / (512 * 2 ** zoom);
}

/** The length for a scale bar of at most so many pixels: 1, 2 or 5 times a power of ten, in metres. */
export function barLength(metresPerPixel: number, most: number): number {
  const room = metresPerPixel * most;
  const power = 10 ** Math.floor(Math.log10(room));
  return [5, 2, 1].map((factor) => factor * power).find((length) => length <= room) ?? power;
}

export function Sheet({ t, view, twin, map, attribution, close }: Props) {
  const [paper, setPaper] = useState('a4');
  const [title, setTitle] = useState(twin.title || t('title'));
  const [zoom, setZoom] = useState(map.map.getZoom());
  const [lat, setLat] = useState(map.map.getCenter().lat);
  const [scale, setScale] = useState(0);

  useEffect(() => {
    const { map: drawn } = map;
    const before = drawn.getPixelRatio();
    const moved = () => {
      setZoom(drawn.getZoom());
      setLat(drawn.getCenter().lat);
    };
    drawn.setPixelRatio(PIXEL_RATIO);
    drawn.on('moveend', moved);
    return () => {
      drawn.off('moveend', moved);
      drawn.setPixelRatio(before);
      delete document.documentElement.dataset.sheet;
    };
  }, [map]);

  useEffect(() => {
    // what the map shows stays the same while the sheet gives it another size
    const { map: drawn } = map;
    const seen = drawn.getBounds();
    document.documentElement.dataset.sheet = paper;
    drawn.resize();
    if (!scale && drawn.getPitch() < 1 && Math.abs(drawn.getBearing()) < 0.5) {
      drawn.fitBounds(seen, { animate: false });
    }
  }, [paper, map]);

  useEffect(() => {
    if (!scale) return;
    const wanted = Math.log2((EARTH_M * Math.cos((lat * Math.PI) / 180)) / (512 * scale * PX_M));
    map.map.jumpTo({ zoom: wanted, pitch: 0 });
  }, [scale, paper]);

  const tilted = map.map.getPitch() > 1;
  const perPixel = groundPerPixel(zoom, lat);
  const bar = barLength(perPixel, 150);
  const width = bar / perPixel;
  const now = new Date(serviceNow());
  const ground = bar >= 1000 ? `${bar / 1000} km` : `${bar} m`;
  const ratio = Math.round(perPixel / PX_M / 10) * 10;
  return (
    <>
      <form class="panel sheet-tools" onSubmit={(event) => event.preventDefault()} aria-label={t('sheet')}>
        <label>
          {t('sheetTitle')}
          <input value={title} maxLength={60} onInput={(event) => setTitle(event.currentTarget.value)} />
        </label>
        <label>
          {t('sheetPaper')}
          <select value={paper} onChange={(event) => setPaper(event.currentTarget.value)}>
            {PAPERS.map(([one, name]) => (
              <option key={one} value={one}>
                {t(name)}
              </option>
            ))}
          </select>
        </label>
        <label>
          {t('sheetScale')}
          <select value={scale} onChange={(event) => setScale(Number(event.currentTarget.value))}>
            <option value={0}>{t('sheetAsSeen')}</option>
            {SCALES.map((one) => (
              <option key={one} value={one}>
                1 : {one.toLocaleString('en')}
              </option>
            ))}
          </select>
        </label>
        <button
          type="button"
          class="main"
          onClick={() => map.map.once('idle', () => print()) && map.map.triggerRepaint()}
        >
          {t('sheetGo')}
        </button>
        <button type="button" class="quiet" onClick={close}>
          {t('close')}
        </button>
      </form>
      <main class="sheet">
        <header>
          <h1>{title}</h1>
          {twin.demo && <strong class="demo">{t('demo')}</strong>}
        </header>
        <div class="frame" aria-hidden="true" />
        <aside aria-label={t('legend')}>
          <svg class="compass" viewBox="0 0 40 48" width="40" height="48" role="img" aria-label={t('north')}>
            <g transform={`rotate(${-map.map.getBearing()} 20 26)`}>
              <path d="M20 8l9 34-9-7-9 7z" fill="currentColor" />
              <text x="20" y="7" text-anchor="middle" font-size="9" fill="currentColor">
                N
              </text>
            </g>
          </svg>
          <h2>{t('legend')}</h2>
          <Legend t={t} view={view} twin={twin} />
        </aside>
        <footer>
          {tilted ? (
            <span>{t('sheetTilted')}</span>
          ) : (
            <span class="scale">
              <svg width={width + 60} height="22" role="img" aria-label={`${t('sheetScale')} ${ground}`}>
                <path d={`M1 6v8h${width}v-8 M${width / 2 + 1} 10v4`} fill="none" stroke="currentColor" />
                <rect x="1" y="10" width={width / 2} height="4" fill="currentColor" />
                <text x={width + 7} y="15" font-size="11" fill="currentColor">
                  {ground}
                </text>
              </svg>
              <b data-field="scale">1 : {(scale || ratio).toLocaleString('en')}</b>
            </span>
          )}
          <span>
            {t('sheetDate')} {now.toLocaleDateString(view.language === 'zh' ? 'zh-CN' : 'en-CA', timeZone())}
          </span>
          <span>
            {t('sheetSource')} {twin.demo ? `${t('demo')}，${t('demoWhy')}` : t('sheetSourceTwin')}
            {attribution ? `；${attribution}` : ''}
          </span>
          <span>{t('sheetCrs')}</span>
          <span>{t('sheetInternal')}</span>
        </footer>
      </main>
    </>
  );
}
