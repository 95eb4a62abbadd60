/** Workers of the area on the screen: how many are on duty, silent, outside. */
import type { Worker, WorkerList } from './answers';
import type { Here } from './context';
import { aboutArea } from './issues';
import { Number_, Panel } from './panel';
import { useTold } from './sources';

/** What the panel counts somebody as: whoever is outside of their grid is that first. */
export function standing(one: Worker): string {
  if (one.outside_grid && one.status !== 'silent' && one.status !== 'off_duty') return 'outside';
  return one.status ?? 'none';
}

export function WorkersPanel({ here }: { here: Here }) {
  const { area, say, language } = here;
  const told = useTold<WorkerList>(area && `/api/workers?all=true&area=${area.code}`, language, 10_000);
  const all = told.value?.features ?? [];
  const having = (...statuses: string[]) =>
    all.filter((one) => statuses.includes(standing(one.properties))).length;
  const duty = having('moving', 'standing', 'silent', 'outside');
  return (
    <Panel here={here} name="workers" title={say('wlWorkers')} about={aboutArea(here)} told={told}>
      <div class="wl-figures">
        <Number_
          here={here}
          field="on_duty"
          label={`${say('wlOnDuty')} · ${say('wlOf', { n: all.length })}`}
          value={duty}
          rows={{ of: 'workers' }}
          kind="wide good"
        />
        <Number_
          here={here}
          field="silent"
          label={say('wlSilent')}
          value={having('silent')}
          rows={{ of: 'workers', status: 'silent' }}
          kind={having('silent') ? 'warn' : ''}
        />
        {all.some((one) => one.properties.outside_grid !== undefined) && (
          <Number_
            here={here}
            field="outside"
            label={say('wlOutside')}
            value={having('outside')}
            rows={{ of: 'workers', status: 'outside' }}
            kind={having('outside') ? 'warn' : ''}
          />
        )}
        {having('none') > 0 && (
          <Number_
            here={here}
            field="not_located"
            label={say('wlWithoutFix')}
            value={having('none')}
            rows={{ of: 'workers', status: 'none' }}
          />
        )}
      </div>
    </Panel>
  );
}
