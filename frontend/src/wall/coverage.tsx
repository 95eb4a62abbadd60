/** Which grids somebody walked today, by the tracks. */
import { dayOf, serviceNow } from '../api/clock';
import type { Here } from './context';
import { aboutArea } from './issues';
import { Number_, Panel } from './panel';
import { type Told, useTold } from './sources';

export type CoveredGrid = {
  id: number;
  name: string;
  worker_name: string | null;
  streets: { metres: number; passed_m: number; share: number | null };
  buildings: { count: number; passed: number; share: number | null };
};
export type Covered = Pick<CoveredGrid, 'streets' | 'buildings'> & { grids: CoveredGrid[] };

export function useCoverage(here: Pick<Here, 'area' | 'language' | 'gridKind'>): Told<Covered> {
  const { area, language, gridKind } = here;
  const today = dayOf(serviceNow());
  const path = area && `/api/coverage?area=${area.code}&kind=${gridKind}&from=${today}&to=${today}`;
  return useTold<Covered>(path, language, 5 * 60_000);
}

export function CoveragePanel({ here }: { here: Here }) {
  const { say } = here;
  const told = useCoverage(here);
  const v = told.value;
  const walked = v?.grids.filter((one) => one.streets.passed_m > 0 || one.buildings.passed > 0).length ?? 0;
  const share = v?.streets.share ?? null;
  if (v && !v.grids.length) return null;
  return (
    <Panel here={here} name="coverage" title={say('wlCoverage')} about={aboutArea(here)} told={told}>
      {v && (
        <>
          <div class="wl-figures">
            <Number_
              here={here}
              field="walked"
              label={`${say('wlCovered')} · ${say('wlOf', { n: v.grids.length })}`}
              value={walked}
              rows={{ of: 'coverage' }}
            />
            {share !== null && (
              <Number_
                here={here}
                field="streets"
                label={say('wlStreetsWalked')}
                value={`${(share * 100).toFixed(0)}%`}
                rows={{ of: 'coverage' }}
              />
            )}
          </div>
          <svg class="wl-cells" viewBox={`0 0 336 ${Math.ceil(v.grids.length / 24) * 14}`} aria-hidden="true">
            {v.grids.slice(0, 240).map((one, index) => (
              <rect
                key={one.id}
                class={`q${Math.min(4, Math.ceil((one.streets.share ?? one.buildings.share ?? 0) * 4))}`}
                x={(index % 24) * 14 + 1}
                y={Math.floor(index / 24) * 14 + 1}
                width="12"
                height="12"
                rx="2"
              />
            ))}
          </svg>
        </>
      )}
    </Panel>
  );
}
