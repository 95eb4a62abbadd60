/** How much there is below the place on the screen. */
import type { GridCard } from '../api/client';
import type { Summary } from './answers';
import type { Here } from './context';
import { Number_, Panel } from './panel';
import { useTold } from './sources';

const MINUTE = 60_000;

export function Overview({ here }: { here: Here }) {
  const { place, area, say, language } = here;
  if (place?.kind === 'grid') return <GridOverview here={here} grid={place.id} />;
  return <AreaOverview here={here} key={area?.code} code={area?.code} say={say} language={language} />;
}

type OfArea = { here: Here; code: string | undefined; say: Here['say']; language: Here['language'] };

function AreaOverview({ here, code, say, language }: OfArea) {
  const told = useTold<Summary>(code && `/api/areas/${code}/summary?kind=${here.gridKind}`, language, MINUTE);
  const children = here.areas.filter((one) => one.parent === code);
  const below = children.length;
  const level = here.twin.levels.find((one) => one.code === children[0]?.level);
  const levelName = level && (language === 'zh' ? level.name_zh : level.name_en);
  const v = told.value;
  return (
    <Panel here={here} name="overview" title={say('wlOverview')} told={told}>
      {v && (
        <div class="wl-figures three">
          <Number_
            here={here}
            field="residents"
            label={say('wlResidents')}
            value={v.residents}
            rows={{ of: below ? 'areas' : 'grids' }}
            kind="wide"
          />
          <Number_
            here={here}
            field="households"
            label={say('wlHouseholds')}
            value={v.households}
            rows={{ of: below ? 'areas' : 'grids' }}
          />
          <Number_
            here={here}
            field="addresses"
            label={say('wlAddresses')}
            value={v.addresses}
            rows={{ of: below ? 'areas' : 'buildings' }}
          />
          <Number_
            here={here}
            field="buildings"
            label={say('wlBuildings')}
            value={v.buildings}
            rows={{ of: 'buildings' }}
          />
          <Number_ here={here} field="grids" label={say('wlGrids')} value={v.grids} rows={{ of: 'grids' }} />
          {below > 0 && (
            <Number_
              here={here}
              field="areas"
              label={levelName ?? say('wlAreas')}
              value={below}
              rows={{ of: 'areas' }}
            />
          )}
        </div>
      )}
    </Panel>
  );
}

function GridOverview({ here, grid }: { here: Here; grid: string }) {
  const told = useTold<GridCard>(`/api/grids/${grid}`, here.language, MINUTE);
  const { say } = here;
  const v = told.value;
  return (
    <Panel here={here} name="overview" title={v?.name ?? say('wlGrid')} about={v?.worker?.name} told={told}>
      {v && (
        <div class="wl-figures three">
          <Number_
            here={here}
            field="residents"
            label={say('wlResidents')}
            value={v.counts.residents}
            rows={{ of: 'buildings' }}
            kind="wide"
          />
          <Number_
            here={here}
            field="households"
            label={say('wlHouseholds')}
            value={v.counts.households}
            rows={{ of: 'buildings' }}
          />
          <Number_
            here={here}
            field="buildings"
            label={say('wlBuildings')}
            value={v.counts.buildings}
            rows={{ of: 'buildings' }}
          />
        </div>
      )}
    </Panel>
  );
}
