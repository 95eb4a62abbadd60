/** The rows behind a number: a table that goes further down. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { ask } from '../api/client';
import { sayValue } from '../i18n/catalogue';
import type { AreaPart, BuildingRow, GridPart, IssueList, WorkerList } from './answers';
import type { Here, Rows } from './context';
import { useCoverage } from './coverage';
import { stateName } from './issues';
import { count, hour, moment } from './saying';
import { type Told, useTold } from './sources';
import { standing } from './workers';

type Cell = string | number | null | undefined;
export type Line = { key: string; cells: Cell[]; go?: () => void };
export type Table = { heads: string[]; numeric: Set<number>; lines: Line[]; more?: boolean };

const REFRESH_MS = 30_000;

export function Drawer({ here, rows }: { here: Here; rows: Rows }) {
  const { say } = here;
  const close = useRef<HTMLButtonElement>(null);
  const before = useRef(document.activeElement as HTMLElement | null);
  useEffect(() => {
    close.current?.focus();
    const back = before.current;
    return () => back?.isConnected && back.focus();
  }, []);
  const title = titleOf(here, rows);
  return (
    <div class="wl-drawer" role="dialog" aria-label={title}>
      <header>
        <h2>{title}</h2>
        <p>{here.area?.name}</p>
        <button
          ref={close}
          type="button"
          class="wl-close"
          aria-label={say('close')}
          onClick={() => here.open(undefined)}
        >
          <svg viewBox="0 0 24 24" aria-hidden="true">
            <path d="M5 5l14 14M19 5L5 19" />
          </svg>
        </button>
      </header>
      <Body here={here} rows={rows} key={JSON.stringify(rows) + here.area?.code + here.place?.id} />
    </div>
  );
}

function titleOf({ say }: Here, rows: Rows): string {
  if (rows.of === 'areas') return say('wlAreas');
  if (rows.of === 'grids') return say('wlGrids');
  if (rows.of === 'buildings') return say('wlBuildings');
  if (rows.of === 'coverage') return say('wlCoverage');
  if (rows.of === 'workers') return say('wlWorkers');
  return say('wlIssues');
}

function Body({ here, rows }: { here: Here; rows: Rows }) {
  if (rows.of === 'areas') return <AreaRows here={here} />;
  if (rows.of === 'grids') return <GridRows here={here} />;
  if (rows.of === 'buildings') return <BuildingRows here={here} />;
  if (rows.of === 'coverage') return <CoverageRows here={here} />;
  if (rows.of === 'workers') return <WorkerRows here={here} status={rows.status} />;
  return <IssueRows here={here} state={rows.state} overdue={rows.overdue ?? false} />;
}

function Shown({ here, told, table }: { here: Here; told: Told<unknown>; table: Table | undefined }) {
  const { say, language } = here;
  if (told.refused)
    return (
      <p role="alert" class="wl-none">
        {told.refused.message}
      </p>
    );
  if (!table) return <p class="wl-wait" aria-busy="true" />;
  if (!table.lines.length) return <p class="wl-none">{say('wlNobody')}</p>;
  return (
    <section class="wl-table" aria-label={say('wlRows')}>
      {told.awaySince !== undefined && told.at && (
        <p class="wl-old">{say('wlAsOf', { time: hour(told.at, language) })}</p>
      )}
      <table>
        <thead>
          <tr>
            {table.heads.map((head, index) => (
              <th scope="col" key={head} class={table.numeric.has(index) ? 'n' : ''}>
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.lines.map((line) => (
            <tr key={line.key}>
              {line.cells.map((cell, index) => {
                const text = typeof cell === 'number' ? count(cell, language) : (cell ?? '–');
                return (
                  <td key={index} class={table.numeric.has(index) ? 'n' : ''}>
                    {index === 0 && line.go ? (
                      <button type="button" onClick={line.go}>
                        {text}
                      </button>
                    ) : (
                      text
                    )}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function table(heads: string[], numeric: number[], lines: Line[] | undefined): Table | undefined {
  return lines && { heads, numeric: new Set(numeric), lines };
}

function AreaRows({ here }: { here: Here }) {
  const { say, area, language, gridKind } = here;
  const told = useTold<{ parts: AreaPart[] }>(
    area && `/api/areas/${area.code}/parts?kind=${gridKind}`,
    language,
    REFRESH_MS,
  );
  const heads = [
    say('wlName'),
    say('wlResidents'),
    say('wlHouseholds'),
    say('wlAddresses'),
    say('wlBuildings'),
    say('wlGrids'),
    say('wlWorkers'),
    say('wlOpen'),
  ];
  const lines = told.value?.parts.map((one) => ({
    key: one.code,
    cells: [
      one.name,
      one.residents,
      one.households,
      one.addresses,
      one.buildings,
      one.grids,
      one.workers,
      one.issues,
    ],
    go: () => here.go({ kind: 'area', id: one.code }, one.bbox),
  }));
  return <Shown here={here} told={told} table={table(heads, [1, 2, 3, 4, 5, 6, 7], lines)} />;
}

function GridRows({ here }: { here: Here }) {
  const { say, area, language, gridKind } = here;
  const told = useTold<{ grids: GridPart[] }>(
    area && `/api/areas/${area.code}/grids?kind=${gridKind}`,
    language,
    REFRESH_MS,
  );
  const heads = [
    say('wlName'),
    say('wlWorker'),
    say('wlResidents'),
    say('wlHouseholds'),
    say('wlBuildings'),
    say('wlOpen'),
  ];
  const lines = told.value?.grids.map((one) => ({
    key: String(one.id),
    cells: [one.name, one.worker?.name, one.residents, one.households, one.buildings, one.issues],
    go: () => here.go({ kind: 'grid', id: String(one.id) }, one.bbox),
  }));
  return <Shown here={here} told={told} table={table(heads, [2, 3, 4, 5], lines)} />;
}

function BuildingRows({ here }: { here: Here }) {
  const { say, area, place, language } = here;
  const within = place?.kind === 'grid' ? `grid=${place.id}` : area && `area=${area.code}`;
  const path = within && `/api/buildings?limit=200&${within}`;
  const told = useTold<{ buildings: BuildingRow[]; next: number | null }>(path, language, 10 * REFRESH_MS);
  const [further, setFurther] = useState<BuildingRow[]>([]);
  const [next, setNext] = useState<number | null>();
  const after = next === undefined ? told.value?.next : next;
  const more = async () => {
    const page = await ask<{ buildings: BuildingRow[]; next: number | null }>(
      `${path}&after=${after}`,
      language,
    );
    setFurther((now) => [...now, ...page.buildings]);
    setNext(page.next);
  };
  const heads = [
    say('wlName'),
    say('wlEstate'),
    say('wlUse'),
    say('wlLevels'),
    say('wlHouseholds'),
    say('wlResidents'),
  ];
  const lines =
    told.value &&
    [...told.value.buildings, ...further].map((one) => ({
      key: String(one.id),
      cells: [
        one.name ?? one.code ?? String(one.id),
        one.estate,
        one.use && sayValue(one.use, language),
        one.levels,
        one.households,
        one.residents,
      ],
      go: () => here.go({ kind: 'building', id: String(one.id) }, one.bbox),
    }));
  return (
    <>
      <Shown here={here} told={told} table={table(heads, [3, 4, 5], lines)} />
      {after != null && (
        <button type="button" class="wl-more" onClick={() => void more()}>
          {say('wlMore')}
        </button>
      )}
    </>
  );
}

function CoverageRows({ here }: { here: Here }) {
  const { say } = here;
  const told = useCoverage(here);
  const share = (of: { share: number | null }) =>
    of.share === null ? null : `${(of.share * 100).toFixed(0)} %`;
  const heads = [say('wlName'), say('wlWorker'), say('wlStreetsWalked'), say('wlBuildings')];
  const lines = told.value?.grids.map((one) => ({
    key: String(one.id),
    cells: [one.name, one.worker_name, share(one.streets), share(one.buildings)],
    go: () => here.go({ kind: 'grid', id: String(one.id) }),
  }));
  return <Shown here={here} told={told} table={table(heads, [2, 3], lines)} />;
}

function WorkerRows({ here, status }: { here: Here; status: string | undefined }) {
  const { say, area, language } = here;
  const told = useTold<WorkerList>(area && `/api/workers?all=true&area=${area.code}`, language, 10_000);
  const heads = [say('wlName'), say('wlState'), say('wlGrid'), say('wlLastFix'), say('wlBattery')];
  const lines = told.value?.features
    .filter(({ properties: one }) => !status || standing(one) === status)
    .map(({ id, geometry, properties: one }) => ({
      key: id,
      cells: [
        one.name,
        one.status ? sayValue(one.status, language) : say('wlWithoutFix'),
        one.grid_name,
        one.at && moment(one.at, language),
        typeof one.battery === 'number' ? `${Math.round(one.battery * 100)} %` : null,
      ],
      ...(geometry ? { go: () => here.fly(geometry.coordinates) } : {}),
    }));
  return <Shown here={here} told={told} table={table(heads, [3, 4], lines)} />;
}

function IssueRows({ here, state, overdue }: { here: Here; state: string | undefined; overdue: boolean }) {
  const { say, area, language } = here;
  const narrowed = `${state ? `&state=${encodeURIComponent(state)}` : ''}${overdue ? '&overdue=true' : ''}`;
  const told = useTold<IssueList>(
    area && `/api/issues?limit=200&area=${area.code}${narrowed}`,
    language,
    REFRESH_MS,
  );
  const heads = [
    say('wlClass'),
    say('wlText'),
    say('wlPlace'),
    say('wlState'),
    say('wlReported'),
    say('wlDeadline'),
  ];
  const lines = told.value?.features.map(({ id, properties: one }) => {
    const due = Object.values(one.deadlines).sort()[0];
    return {
      key: String(id),
      cells: [
        language === 'zh' ? one.name_zh : one.name_en,
        one.text,
        one.place,
        stateName(one.state, here),
        moment(one.at, language),
        due && moment(due, language),
      ],
      go: () => here.see(id, [one.lon, one.lat]),
    };
  });
  return <Shown here={here} told={told} table={table(heads, [4, 5], lines)} />;
}
