/** The quiet row of buttons at the edge of the map. */
import type { Key } from '../i18n/catalogue';
import type { Wish } from './address';
import { LAYERS } from './address';
import type { Here } from './context';
import { fullScreen } from './keys';
import type { Screen } from './screen';
import type { Stage } from './stage';

export type Tool = 'layers' | 'scenes' | 'zone' | 'replay' | undefined;
const PANELS: [name: string, label: Key][] = [
  ['overview', 'wlOverview'],
  ['issues', 'wlIssues'],
  ['quality', 'wlQuality'],
  ['trend', 'wlTrend'],
  ['workers', 'wlWorkers'],
  ['coverage', 'wlCoverage'],
  ['recent', 'wlRecent'],
];

type Props = {
  here: Here;
  wish: Wish;
  change: (part: Partial<Wish>) => void;
  screen: { current: Screen | undefined };
  drawable: boolean;
  tool: Tool;
  setTool: (tool: Tool) => void;
  panels: string[];
  setPanels: (panels: string[]) => void;
  stage: Stage;
};

export function Tools({
  here,
  wish,
  change,
  screen,
  drawable,
  tool,
  setTool,
  panels,
  setPanels,
  stage,
}: Props) {
  const { say, language, twin } = here;
  const turn = (to: NonNullable<Tool>) => () => setTool(tool === to ? undefined : to);
  const toggle = (layer: string) =>
    change({
      hidden: wish.hidden.includes(layer)
        ? wish.hidden.filter((one) => one !== layer)
        : [...wish.hidden, layer],
    });
  const buttons: [label: Key, sign: string, act: () => void, on?: boolean][] = [
    ['home', 'M4 11l8-7 8 7v9h-5v-6h-6v6H4z', () => here.go(undefined)],
    ['wlLayers', 'M12 4l9 5-9 5-9-5z M4 13l8 4.5 8-4.5', turn('layers'), tool === 'layers'],
    [
      'pitch',
      'M12 3l8 4.5v9L12 21l-8-4.5v-9z M4 7.5l8 4.5 8-4.5 M12 12v9',
      () => screen.current?.twin.tilt(),
      (wish.camera?.pitch ?? 0) > 5,
    ],
    [
      'wlTour',
      'M5 5h14v10H5z M9 19h6 M12 15v4 M11 8l3 2-3 2z',
      turn('scenes'),
      tool === 'scenes' || stage.touring,
    ],
    ['wlZone', 'M5 8l7-4 7 5-2 9-9 2z', turn('zone'), tool === 'zone'],
    ['wlReplay', 'M4 12a8 8 0 1 0 3-6.2L4 8 M4 4v4h4 M12 8v4l3 2', turn('replay'), tool === 'replay'],
    [
      'theme',
      'M12 4a8 8 0 1 0 0 16z M12 4a8 8 0 0 1 0 16',
      () => change({ theme: wish.theme === 'day' ? 'night' : 'day' }),
    ],
    ['fullscreen', 'M4 9V4h5 M15 4h5v5 M20 15v5h-5 M9 20H4v-5', fullScreen],
    [
      'language',
      language === 'zh' ? 'EN' : '中',
      () => change({ language: language === 'zh' ? 'en' : 'zh' }),
    ],
  ];
  return (
    <>
      {tool === 'layers' && (
        <fieldset class="wl-layers">
          <legend>{say('wlLayers')}</legend>
          {LAYERS.map((layer) => (
            <label key={layer}>
              <input type="checkbox" checked={!wish.hidden.includes(layer)} onChange={() => toggle(layer)} />
              {say(layer as Key)}
            </label>
          ))}
          <label>
            <input type="checkbox" checked={wish.heat} onChange={() => change({ heat: !wish.heat })} />
            {say('wlHeat')}
          </label>
          <select
            aria-label={say('gridKind')}
            value={wish.gridKind}
            onChange={(event) => change({ gridKind: event.currentTarget.value })}
          >
            {twin.grid_kinds.map((kind) => (
              <option key={kind.code} value={kind.code}>
                {language === 'zh' ? kind.name_zh : kind.name_en}
              </option>
            ))}
          </select>
          <span class="soft">{say('wlPanels')}</span>
          {PANELS.map(([panel, label]) => (
            <label key={panel}>
              <input
                type="checkbox"
                checked={!panels.includes(panel)}
                onChange={() =>
                  setPanels(
                    panels.includes(panel) ? panels.filter((one) => one !== panel) : [...panels, panel],
                  )
                }
              />
              {say(label)}
            </label>
          ))}
        </fieldset>
      )}
      <nav class="wl-tools" aria-label={say('wlTools')}>
        {buttons
          .filter(([label]) => drawable || !['home', 'pitch', 'wlZone', 'wlReplay'].includes(label))
          .map(([label, sign, act, on]) => (
            <button
              type="button"
              key={label}
              title={say(label)}
              aria-label={sign.startsWith('M') ? say(label) : undefined}
              aria-pressed={on}
              onClick={act}
            >
              {sign.startsWith('M') ? (
                <svg viewBox="0 0 24 24" aria-hidden="true">
                  <path d={sign} />
                </svg>
              ) : (
                sign
              )}
            </button>
          ))}
      </nav>
    </>
  );
}
