/** What the signs of the live layers mean: workers by what they do, issues by state. */
import { type Key, type Language, sayValue } from '../i18n/catalogue';
import { COLOURS } from '../map/glyphs';
import { OUTLINES, STATES } from '../map/issue_signs';

type Say = (key: Key) => string;

/** The glyph of the map's shader, drawn as a picture. */
function Worker({ state, theme }: { state: number; theme: 'day' | 'night' }) {
  const { states, rim } = COLOURS[theme];
  const fill = states[state];
  return (
    <svg width="22" height="18" viewBox="0 0 22 18" aria-hidden="true">
      {state === 0 && <path d="M11 0l4.6 6h-9.2z" fill={fill} />}
      <circle cx="11" cy="10.5" r={state === 3 ? 4 : 6} fill={fill} stroke={rim} stroke-width="1.2" />
      {state === 1 && <rect x="9" y="8.5" width="4" height="4" fill={rim} />}
      {state === 2 && <circle cx="11" cy="10.5" r="3.5" fill={rim} />}
    </svg>
  );
}

const WORKERS: Key[] = ['moving', 'standing', 'silent', 'off_duty'];

export function LegendOfWorkers({ t, theme }: { t: Say; theme: 'day' | 'night' }) {
  return (
    <section>
      <h4>{t('workers')}</h4>
      <ul class="two">
        {WORKERS.map((name, state) => (
          <li key={name}>
            <Worker state={state} theme={theme} />
            {t(name)}
          </li>
        ))}
      </ul>
    </section>
  );
}

export function LegendOfIssues({ t, language }: { t: Say; language: Language }) {
  return (
    <section>
      <h4>{t('issues')}</h4>
      <ul class="two">
        {STATES.slice(0, 3).map((state) => (
          <li key={state}>
            <svg
              class="sign"
              data-state={state}
              viewBox="0 0 32 32"
              width="18"
              height="18"
              aria-hidden="true"
            >
              <path class="outline" d={OUTLINES[state].path} />
            </svg>
            {sayValue(state, language)}
          </li>
        ))}
        <li>
          <svg width="18" height="18" viewBox="0 0 18 18" aria-hidden="true">
            <circle cx="9" cy="9" r="7" fill="none" stroke="currentColor" stroke-width="2.6" />
            <text x="9" y="12.4" text-anchor="middle" font-size="9" fill="currentColor">
              n
            </text>
          </svg>
          {t('legendSeveral')}
        </li>
      </ul>
    </section>
  );
}
