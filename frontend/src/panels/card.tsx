/** The card of what was clicked, with the way down to it: area → grid → building → households. */

import { useEffect, useState } from 'preact/hooks';
import type {
  AreaFeature,
  BuildingCard,
  EstateCard,
  FacilityCard,
  GridCard,
  Service,
  Step,
  Summary,
  Twin,
  WorkerCard,
} from '../api/client';
import { timeZone } from '../api/clock';
import { type Key, type Language, sayValue } from '../i18n/catalogue';
import type { Track } from '../map/track_line';
import { type LonLat, placeOf, type Selection } from '../url';
import { BelowArea, BelowEstate, BelowGrid } from './below';
import { HouseholdMatrix } from './households';
import { Place } from './place';
import { WorkerTrack } from './track';

type Props = {
  api: Service;
  t: (key: Key) => string;
  twin: Twin;
  language: Language;
  gridKind: string;
  selection: Selection;
  select: (selection?: Selection) => void;
  fly: (centre: [number, number], box: number[] | null) => void;
  draw: (track: Track | undefined) => void;
  /** Tells where the selected thing stands, if it is a point, and which buildings belong to it. */
  found: (at: LonLat | undefined, buildings: number[]) => void;
};

type Loaded =
  | { kind: 'building'; card: BuildingCard }
  | { kind: 'grid'; card: GridCard }
  | { kind: 'facility'; card: FacilityCard }
  | { kind: 'worker'; card: WorkerCard }
  | { kind: 'estate'; card: EstateCard & { centre: LonLat; bbox: number[] } }
  | { kind: 'place'; card: { name: string; centre: LonLat; ancestors: Step[] } }
  | { kind: 'area'; card: AreaFeature['properties']; counts: Summary };

/** An estate with the box of its buildings. */
function boxed(estate: EstateCard): EstateCard & { centre: LonLat; bbox: number[] } {
  const sides = [0, 1, 2, 3].map((side) =>
    (side < 2 ? Math.min : Math.max)(...estate.buildings.map(({ bbox }) => bbox[side] ?? 0)),
  ) as [number, number, number, number];
  const [west, south, east, north] = sides;
  return { ...estate, bbox: sides, centre: [(west + east) / 2, (south + north) / 2] };
}

async function load(api: Service, { kind, id }: Selection, signal: AbortSignal): Promise<Loaded> {
  if (kind === 'building') return { kind, card: await api.building(id, signal) };
  if (kind === 'grid') return { kind, card: await api.grid(id, signal) };
  if (kind === 'facility') return { kind, card: await api.facility(id, signal) };
  if (kind === 'worker') return { kind, card: await api.worker(id, signal) };
  if (kind === 'place') return { kind, card: { name: '', centre: placeOf(id) ?? [0, 0], ancestors: [] } };
  if (kind === 'estate') return { kind, card: boxed(await api.estate(id, signal)) };
  const [area, counts] = await Promise.all([api.area(id, signal), api.summary(id, signal)]);
  return { kind: 'area', card: area.properties, counts };
}

type Row = [label: Key, value: string | number | null | undefined];

function rowsOf(loaded: Loaded, { twin, language }: Props): Row[] {
  const of = (list: Twin['facility_categories'], code: string) => {
    const named = list.find((one) => one.code === code);
    return named ? (language === 'zh' ? named.name_zh : named.name_en) : code;
  };
  if (loaded.kind === 'building') {
    const b = loaded.card;
    return [
      ['use', b.use && sayValue(b.use, language)],
      ['estate', b.estate],
      ['levels', b.levels],
      ['height', b.height === null ? null : `${Math.round(b.height * 10) / 10} m`],
      ['units', b.units],
      ['households', b.households],
      ['residents', b.residents],
      ['year', b.year],
      ['code', b.code],
    ];
  }
  if (loaded.kind === 'grid') {
    const { counts, worker, code, kind } = loaded.card;
    return [
      ['gridKind', of(twin.grid_kinds, kind)],
      ['buildings', counts.buildings],
      ['households', counts.households],
      ['residents', counts.residents],
      ['worker', worker?.name],
      ['code', code],
    ];
  }
  if (loaded.kind === 'facility') return [['category', of(twin.facility_categories, loaded.card.category)]];
  if (loaded.kind === 'place') return [];
  if (loaded.kind === 'estate') {
    const { buildings } = loaded.card;
    const sum = (of: 'households' | 'residents') =>
      buildings.reduce((total, row) => total + (row[of] ?? 0), 0);
    return [
      ['buildings', buildings.length],
      ['households', sum('households')],
      ['residents', sum('residents')],
    ];
  }
  if (loaded.kind === 'worker') {
    const { status, battery, speed, at, grid_name } = loaded.card;
    return [
      ['grid', grid_name],
      ['state', status && sayValue(status, language)],
      ['outsideGrid', loaded.card.outside_grid ? (language === 'zh' ? '是' : 'Yes') : null],
      ['speed', typeof speed === 'number' ? `${(speed * 3.6).toFixed(1)} km/h` : null],
      ['battery', typeof battery === 'number' ? `${Math.round(battery * 100)} %` : null],
      ['seenAt', at && new Date(at).toLocaleTimeString(language === 'zh' ? 'zh-CN' : 'en', timeZone())],
    ];
  }
  const { counts, card } = loaded;
  return [
    ['area', of(twin.levels, card.level)],
    ['grids', counts.grids],
    ['buildings', counts.buildings],
    ['addresses', counts.addresses],
    ['households', counts.households],
    ['residents', counts.residents],
    ['workers', counts.workers],
    ['code', card.code],
  ];
}

export function Card(props: Props) {
  const { api, t, selection, select, fly, found } = props;
  const [loaded, setLoaded] = useState<Loaded>();
  const [problem, setProblem] = useState('');

  useEffect(() => {
    const given = new AbortController();
    load(api, selection, given.signal).then(
      (answer) => {
        if (given.signal.aborted) return;
        setLoaded(answer);
        const pinned = answer.kind === 'place' || answer.kind === 'facility';
        found(
          pinned ? answer.card.centre : undefined,
          answer.kind === 'estate' ? answer.card.buildings.map(({ id }) => id) : [],
        );
      },
      (error: Error) => {
        if (!given.signal.aborted) setProblem(error.message || t('notFound'));
      },
    );
    return () => {
      given.abort();
      found(undefined, []);
    };
  }, [api, selection.kind, selection.id]);

  const card = loaded?.card;
  const number = (value: string | number) =>
    typeof value === 'number'
      ? value.toLocaleString(props.language === 'zh' ? 'zh-CN' : 'en', { useGrouping: value > 9999 })
      : value;
  const box = card && 'bbox' in card ? card.bbox : null;
  const centre: [number, number] =
    card && 'centre' in card
      ? card.centre
      : [((box?.[0] ?? 0) + (box?.[2] ?? 0)) / 2, ((box?.[1] ?? 0) + (box?.[3] ?? 0)) / 2];
  return (
    <aside class="panel card" aria-label={t(selection.kind)} aria-busy={!loaded && !problem}>
      <button type="button" class="close" aria-label={t('close')} title={t('close')} onClick={() => select()}>
        ×
      </button>
      {problem && <p role="alert">{problem}</p>}
      {loaded && card && (
        <>
          <Way steps={card.ancestors} select={select} label={t('area')} />
          {loaded.kind === 'building' && (
            <p class="way">
              {loaded.card.grid && (
                <button
                  type="button"
                  class="link"
                  onClick={() => select({ kind: 'grid', id: String(loaded.card.grid?.id) })}
                >
                  {loaded.card.grid.name}
                </button>
              )}
              {loaded.card.estate && (
                <button
                  type="button"
                  class="link"
                  onClick={() => select({ kind: 'estate', id: selection.id })}
                >
                  {loaded.card.estate}
                </button>
              )}
            </p>
          )}
          <h2>
            <button type="button" class="link" onClick={() => fly(centre, box)}>
              {(card.name || ('code' in card ? card.code : null)) ??
                (selection.kind === 'place' ? t('place') : `${t(selection.kind)} ${selection.id}`)}
            </button>
          </h2>
          <dl>
            {rowsOf(loaded, props).map(([label, value]) =>
              value === null || value === undefined || value === '' ? null : (
                <div key={label}>
                  <dt>{t(label)}</dt>
                  <dd data-field={label}>{number(value)}</dd>
                </div>
              ),
            )}
          </dl>
          {loaded.kind === 'worker' && (
            <WorkerTrack worker={selection.id} t={t} language={props.language} draw={props.draw} />
          )}
          {loaded.kind === 'building' && (
            <HouseholdMatrix
              api={api}
              t={t}
              building={selection.id}
              room={selection.room}
              choose={(room) => select({ ...selection, room })}
            />
          )}
          {loaded.kind === 'area' && (
            <BelowArea api={api} t={t} select={select} code={selection.id} kind={props.gridKind} />
          )}
          {loaded.kind === 'grid' && <BelowGrid api={api} t={t} select={select} grid={selection.id} />}
          {loaded.kind === 'estate' && <BelowEstate t={t} select={select} {...loaded.card} />}
          {loaded.kind === 'place' && <Place api={api} t={t} at={loaded.card.centre} select={select} />}
        </>
      )}
    </aside>
  );
}

function Way({ steps, select, label }: { steps: Step[]; select: Props['select']; label: string }) {
  if (!steps.length) return null;
  return (
    <nav class="way" aria-label={label}>
      {steps.map((step) => (
        <button
          type="button"
          class="link"
          key={step.code}
          onClick={() => select({ kind: 'area', id: step.code })}
        >
          {step.name}
        </button>
      ))}
    </nav>
  );
}
