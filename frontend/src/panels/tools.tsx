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
    ['zoomIn', '+', () => map.current?.map.zoomIn()],
    ['zoomOut', '−', () => map.current?.map.zoomOut()],
    ['home', '⌂', home],
    ['north', 'N', () => map.current?.map.resetNorthPitch()],
    ['pitch', '3D', () => map.current?.tilt()],
    ['theme', '◐', () => change({ theme: view.theme === 'day' ? 'night' : 'day' })],
    ['fullscreen', '⛶', full],
    ['print', '⎙', () => print()],
    [
      'language',
      view.language === 'zh' ? 'EN' : '中',
      () => change({ language: view.language === 'zh' ? 'en' : 'zh' }),
    ],
    ['signOut', '⏻', signOut],
  ];
  return (
    <nav class="panel tools" aria-label={who.display_name}>
      {tools.map(([label, sign, act]) => (
        <button type="button" key={label} title={t(label)} aria-label={t(label)} onClick={act}>
          {sign}
        </button>
      ))}
    </nav>
  );
}
