/** The buttons at the edge: zoom, north, tilt, theme, language, print, full screen, sign out. */
import type { Twin, Who } from '../api/client';
import type { Key } from '../i18n/catalogue';
import type { TwinMap } from '../map/map';
import type { View } from '../url';

type Props = {
  t: (key: Key) => string;
  view: View;
  change: (part: Partial<View>) => void;
  map: { current: TwinMap | null };
  bounds: Twin['bounds'];
  who: Who;
  signOut: () => void;
};

export function Tools({ t, view, change, map, bounds, who, signOut }: Props) {
  const full = () =>
    document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen();
  const home = () => bounds && map.current?.fly([0, 0], bounds);
  const tools: [label: Key, sign: string, act: () => void][] = [
    ['zoomIn', 'M12 5v14 M5 12h14', () => map.current?.map.zoomIn()],
    ['zoomOut', 'M5 12h14', () => map.current?.map.zoomOut()],
    ['home', 'M4 11l8-7 8 7v9h-5v-6h-6v6H4z', home],
    ['north', 'M12 3l5 17-5-4-5 4z', () => map.current?.map.resetNorthPitch()],
    ['pitch', '3D', () => map.current?.tilt()],
    [
      'theme',
      'M12 4a8 8 0 1 0 0 16z M12 4a8 8 0 0 1 0 16',
      () => change({ theme: view.theme === 'day' ? 'night' : 'day' }),
    ],
    ['fullscreen', 'M4 9V4h5 M15 4h5v5 M20 15v5h-5 M9 20H4v-5', full],
    ['print', 'M7 9V4h10v5 M7 17H4V9h16v8h-3 M7 14h10v6H7z', () => print()],
    [
      'language',
      view.language === 'zh' ? 'EN' : '中',
      () => change({ language: view.language === 'zh' ? 'en' : 'zh' }),
    ],
    ['signOut', 'M12 3v9 M7 6a8 8 0 1 0 10 0', signOut],
  ];
  return (
    <nav class="panel tools" aria-label={who.display_name}>
      {tools.map(([label, sign, act]) => (
        <button
          type="button"
          key={label}
          title={t(label)}
          aria-label={sign.startsWith('M') ? t(label) : undefined}
          onClick={act}
        >
          {sign.startsWith('M') ? (
            <svg viewBox="0 0 24 24" width="20" height="20" aria-hidden="true">
              <path d={sign} />
            </svg>
          ) : (
            sign
          )}
        </button>
      ))}
    </nav>
  );
}
