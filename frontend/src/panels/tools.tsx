/** The buttons at the edge: zoom, north, tilt, measure, coordinates, full screen, print. */
import type { Key } from '../i18n/catalogue';

/** What a button or its key does, by the name of its label. */
export type Acts = Record<
  | 'zoomIn'
  | 'zoomOut'
  | 'home'
  | 'north'
  | 'pitch'
  | 'measure'
  | 'coordinatesPick'
  | 'fullscreen'
  | 'print'
  | 'theme'
  | 'help'
  | 'language'
  | 'signOut',
  () => void
>;
type Props = {
  t: (key: Key) => string;
  acts: Acts;
  pressed: Partial<Record<keyof Acts, boolean>>;
  bearing: number;
};

/** Paths on a field of 24 × 24, or words. */
export const SIGNS: Record<Exclude<keyof Acts, 'language'>, string> = {
  zoomIn: 'M12 5v14 M5 12h14',
  zoomOut: 'M5 12h14',
  home: 'M4 11l8-7 8 7v9h-5v-6h-6v6H4z',
  north: 'M12 3l5 17-5-4-5 4z',
  pitch: '3D',
  measure: 'M3 16L16 3l5 5L8 21z M7 12l2 2 M10 9l3 3 M13 6l2 2',
  coordinatesPick: 'M12 5a7 7 0 1 0 .1 0 M12 2v6 M12 16v6 M2 12h6 M16 12h6',
  fullscreen: 'M4 9V4h5 M15 4h5v5 M20 15v5h-5 M9 20H4v-5',
  print: 'M7 9V4h10v5 M7 17H4V9h16v8h-3 M7 14h10v6H7z',
  theme: 'M12 4a8 8 0 1 0 0 16z M12 4a8 8 0 0 1 0 16',
  help: '?',
  signOut: 'M12 3v9 M7 6a8 8 0 1 0 10 0',
};
const SHOWN = [
  'zoomIn',
  'zoomOut',
  'home',
  'north',
  'pitch',
  'measure',
  'coordinatesPick',
  'fullscreen',
  'print',
] as const;

/** A sign as a picture, or as words. */
export function Sign({ sign, turned = 0 }: { sign: string; turned?: number }) {
  if (!/^M\d/.test(sign)) return <>{sign}</>;
  return (
    <svg viewBox="0 0 24 24" width="20" height="20" aria-hidden="true">
      <path d={sign} {...(turned ? { transform: `rotate(${turned} 12 12)` } : {})} />
    </svg>
  );
}

export function Tools({ t, acts, pressed, bearing }: Props) {
  return (
    <nav class="panel tools" aria-label={t('tools')}>
      {SHOWN.map((name) => (
        <button
          type="button"
          key={name}
          title={t(name)}
          aria-label={t(name)}
          aria-pressed={pressed[name]}
          onClick={acts[name]}
        >
          <Sign sign={SIGNS[name]} turned={name === 'north' ? -Math.round(bearing) : 0} />
        </button>
      ))}
    </nav>
  );
}
