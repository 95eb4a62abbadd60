/** Issues: how many in each state, and the latest with their photos. */
import { type IssueList, STATES, type Summary } from './answers';
import type { Here } from './context';
import { Number_, Panel } from './panel';
import { ago } from './saying';
import { type Told, useTold } from './sources';
import type { Statistics } from './statistics';

const STATE_NAMES: Record<string, [zh: string, en: string]> = {
  待处理: ['待处理', 'To handle'],
  待核查: ['待核查', 'To check'],
  待评价: ['待评价', 'To rate'],
  已归档: ['已归档', 'Closed'],
};

export function stateName(state: string, here: Here): string {
  return STATE_NAMES[state]?.[here.language === 'zh' ? 0 : 1] ?? state;
}

const WIDE = 1000;

/** How many issues there are in each state, as a bar and as numbers. */
type States = { here: Here; turn: number; statistics: Told<Statistics> };

export function IssueStates({ here, turn, statistics }: States) {
  const { area, say, language } = here;
  const told = useTold<Summary>(area && `/api/areas/${area.code}/summary`, language, 30_000, turn);
  const states = told.value?.issues;
  const overdue = statistics.value?.now.overdue;
  const open = STATES.slice(0, 3);
  const all = states ? open.reduce((sum, state) => sum + states[state], 0) : 0;
  let x = 0;
  return (
    <Panel here={here} name="issues" title={say('wlIssues')} about={aboutArea(here)} told={told}>
      {states && (
        <>
          <svg class="wl-bar" viewBox={`0 0 ${WIDE} 12`} preserveAspectRatio="none" aria-hidden="true">
            <rect class="ground" width={WIDE} height="12" />
            {all > 0 &&
              open.map((state, index) => {
                const width = (states[state] / all) * WIDE;
                const at = x;
                x += width;
                return (
                  <rect key={state} class={`s${index}`} x={at} width={Math.max(0, width - 4)} height="12" />
                );
              })}
          </svg>
          <div class="wl-figures three states">
            {overdue !== undefined && (
              <Number_
                here={here}
                field="overdue"
                kind={overdue ? 'warn' : ''}
                label={say('wlOverdue')}
                value={overdue}
                rows={{ of: 'issues', overdue: true }}
              />
            )}
            {STATES.map((state, index) => (
              <Number_
                key={state}
                here={here}
                field={state}
                kind={`state s${index}`}
                label={stateName(state, here)}
                value={states[state]}
                rows={{ of: 'issues', state }}
              />
            ))}
          </div>
        </>
      )}
    </Panel>
  );
}

/** A grid has no statistics of its own: the panel says that its numbers are the area's. */
export function aboutArea(here: Here): string | undefined {
  return here.place && here.place.kind !== 'area' ? here.area?.name : undefined;
}

/** The latest issues, newest first, with the first photo of each. */
export function Recent({ here, turn, photos }: { here: Here; turn: number; photos: boolean }) {
  const { area, say, language } = here;
  const told = useTold<IssueList>(area && `/api/issues?area=${area.code}&limit=12`, language, 20_000, turn);
  const list = told.value?.features ?? [];
  return (
    <Panel here={here} name="recent" title={say('wlRecent')} about={aboutArea(here)} told={told}>
      {list.length === 0 && <p class="wl-none">{say('wlNoIssues')}</p>}
      <ol class="wl-list">
        {list.map(({ id, properties: one }) => (
          <li key={id}>
            <button
              type="button"
              class={`wl-issue s${STATES.indexOf(one.state)}`}
              onClick={() => here.see(id, [one.lon, one.lat])}
            >
              {photos && one.photos[0] ? (
                <img src={one.photos[0]} alt="" width="72" height="72" loading="lazy" decoding="async" />
              ) : (
                <i aria-hidden="true">{(language === 'zh' ? one.name_zh : one.name_en).slice(0, 1)}</i>
              )}
              <span class="what">
                <b>
                  {one.urgent && <mark>{say('wlUrgent')}</mark>}
                  {language === 'zh' ? one.name_zh : one.name_en}
                </b>
                <span>{one.text}</span>
              </span>
              <span class="when">
                <time dateTime={one.at}>{ago(one.at, say, here.now)}</time>
                <span class="dot">{stateName(one.state, here)}</span>
              </span>
            </button>
          </li>
        ))}
      </ol>
    </Panel>
  );
}
