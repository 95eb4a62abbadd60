/** The card of what was clicked, with the way down to it: area → grid → building → households. */
import { useEffect, useState } from 'preact/hooks';
import type {
  AreaFeature,
  BuildingCard,
  FacilityCard,
  GridCard,
  Service,
  Step,
  Summary,
  Twin,
  WorkerCard,
} from '../api/client';
import { type Key, type Language, sayValue } from '../i18n/catalogue';
import type { Selection } from '../url';
import { HouseholdMatrix } from './households';

type Props = {
  api: Service;
  t: (key: Key) => string;
  twin: Twin;
  language: Language;
  selection: Selection;
  select: (selection?: Selection) => void;
  fly: (centre: [number, number], box: number[] | null) => void;
};

type Loaded =
  | { kind: 'building'; card: BuildingCard }
  | { kind: 'grid'; card: GridCard }
  | { kind: 'facility'; card: FacilityCard }
  | { kind: 'worker'; card: WorkerCard }
  | { kind: 'area'; card: AreaFeature['properties']; counts: Summary };

async function load(api: Service, { kind, id }: Selection, signal: AbortSignal): Promise<Loaded> {
  if (kind === 'building') return { kind, card: await api.building(id, signal) };
  if (kind === 'grid') return { kind, card: await api.grid(id, signal) };
  if (kind === 'facility') return { kind, card: await api.facility(id, signal) };
  if (kind === 'worker') return { kind, card: await api.worker(id, signal) };
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
  if (loaded.kind === 'worker') {
    const { status, battery, speed, at, grid_name } = loaded.card;
    return [
      ['grid', grid_name],
      ['state', status && sayValue(status, language)],
      ['speed', typeof speed === 'number' ? `${(speed * 3.6).toFixed(1)} km/h` : null],
      ['battery', typeof battery === 'number' ? `${Math.round(battery * 100)} %` : null],
      ['seenAt', at && new Date(at).toLocaleTimeString(language === 'zh' ? 'zh-CN' : 'en')],
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
  const { api, t, selection, select, fly } = props;
  const [loaded, setLoaded] = useState<Loaded>();
  const [problem, setProblem] = useState('');

  useEffect(() => {
    const given = new AbortController();
    load(api, selection, given.signal).then(setLoaded, (error: Error) => {
      if (!given.signal.aborted) setProblem(error.message || t('notFound'));
    });
    return () => given.abort();
  }, [api, selection.kind, selection.id]);

  useEffect(() => {
    const close = (event: KeyboardEvent) => event.key === 'Escape' && select();
    addEventListener('keydown', close);
    return () => removeEventListener('keydown', close);
  }, [select]);

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
          {loaded.kind === 'building' && loaded.card.grid && (
            <button
              type="button"
              class="link"
              onClick={() => select({ kind: 'grid', id: String(loaded.card.grid?.id) })}
            >
              {loaded.card.grid.name}
            </button>
          )}
          <h2>
            <button type="button" class="link" onClick={() => fly(centre, box)}>
              {card.name ?? ('code' in card ? card.code : null) ?? `${t(selection.kind)} ${selection.id}`}
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
          {loaded.kind === 'building' && <HouseholdMatrix api={api} t={t} building={selection.id} />}
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
