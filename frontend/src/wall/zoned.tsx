/** The zone tool's panel: draw or buffer, what lies in it, its rows, and the file. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { ask, Problem } from '../api/client';
import { sayValue } from '../i18n/catalogue';
import type { Here } from './context';
import { stateName } from './issues';
import { count, moment } from './saying';
import type { Screen } from './screen';
import { type Geometry, ZoneTool } from './zone';

type At = { id: number | string; lon: number; lat: number };
type Found = {
  geometry: object;
  area_m2: number;
  counts: Record<string, number>;
  buildings: (At & {
    name: string | null;
    code: string | null;
    estate: string | null;
    households: number | null;
    residents: number | null;
  })[];
  facilities: (At & { name: string | null; category: string })[];
  workers: (At & { name: string; status: string })[];
  issues: (At & { name_zh: string; name_en: string; text: string; state: string; at: string })[];
};
const COUNTED = [
  'residents',
  'households',
  'buildings',
  'addresses',
  'facilities',
  'workers',
  'issues',
] as const;
const LISTS = ['buildings', 'facilities', 'workers', 'issues'] as const;

export function ZonePanel({ here, screen, close }: { here: Here; screen: Screen; close: () => void }) {
  const { say, language, twin } = here;
  const [mode, setMode] = useState<'draw' | 'around'>('around');
  const [metres, setMetres] = useState(300);
  const [geometry, setGeometry] = useState<Geometry>();
  const [found, setFound] = useState<Found>();
  const [list, setList] = useState<(typeof LISTS)[number]>('buildings');
  const [problem, setProblem] = useState('');
  const tool = useRef<ZoneTool>(undefined);
  const buffer_m = mode === 'around' ? metres : 0;

  useEffect(() => {
    const colour = () => getComputedStyle(document.documentElement).getPropertyValue('--alarm').trim();
    const made = new ZoneTool(screen.twin.map, 'around', setGeometry, colour);
    tool.current = made;
    return () => made.remove();
  }, [screen]);

  useEffect(() => {
    tool.current?.use(mode);
    setGeometry(undefined);
    setFound(undefined);
  }, [mode]);

  useEffect(() => {
    if (!geometry) return;
    const given = new AbortController();
    const body = JSON.stringify({ geometry, buffer_m });
    ask<Found>('/api/zones/query', language, { method: 'POST', body, signal: given.signal }).then(
      (answer) => {
        setProblem('');
        setFound(answer);
        tool.current?.show(answer.geometry);
      },
      (error: Error) => !given.signal.aborted && setProblem(error.message),
    );
    return () => given.abort();
  }, [geometry, buffer_m, language]);

  const save = async () => {
    const answer = await fetch('/api/zones/query?format=csv', {
      method: 'POST',
      credentials: 'same-origin',
      headers: { 'Content-Type': 'application/json', 'Accept-Language': language },
      body: JSON.stringify({ geometry, buffer_m }),
    });
    if (!answer.ok) return setProblem(new Problem(answer.status, answer.statusText).message);
    const link = document.createElement('a');
    link.href = URL.createObjectURL(await answer.blob());
    link.download = 'zone.csv';
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  };

  const category = (code: string) => {
    const named = twin.facility_categories.find((one) => one.code === code);
    return named ? (language === 'zh' ? named.name_zh : named.name_en) : code;
  };
  const rows: [At, string, string][] = !found
    ? []
    : list === 'buildings'
      ? found.buildings.map((one) => [
          one,
          one.name ?? one.code ?? String(one.id),
          `${one.households ?? '–'} ${say('wlHouseholds')}`,
        ])
      : list === 'facilities'
        ? found.facilities.map((one) => [one, one.name ?? category(one.category), category(one.category)])
        : list === 'workers'
          ? found.workers.map((one) => [one, one.name, sayValue(one.status, language)])
          : found.issues.map((one) => [
              one,
              one.text,
              `${stateName(one.state, here)} · ${moment(one.at, language)}`,
            ]);
  return (
    <section class="wl-pop wl-zone" aria-label={say('wlZone')}>
      <header>
        <h3>{say('wlZone')}</h3>
        <button type="button" class="wl-do" onClick={close}>
          {say('close')}
        </button>
      </header>
      <fieldset class="row" aria-label={say('wlZoneHow')}>
        <button
          type="button"
          class="wl-do"
          aria-pressed={mode === 'around'}
          onClick={() => setMode('around')}
        >
          {say('wlAround')}
        </button>
        <button type="button" class="wl-do" aria-pressed={mode === 'draw'} onClick={() => setMode('draw')}>
          {say('wlDraw')}
        </button>
        {mode === 'around' ? (
          <label>
            {say('wlMetres')}
            <input
              type="number"
              min={10}
              max={5000}
              step={10}
              value={metres}
              onChange={(event) => setMetres(Number(event.currentTarget.value) || 300)}
            />
          </label>
        ) : (
          <button type="button" class="wl-do" onClick={() => tool.current?.finish()}>
            {say('wlFinish')}
          </button>
        )}
      </fieldset>
      <p class="soft">{say(mode === 'around' ? 'wlAroundHint' : 'wlDrawHint')}</p>
      <p role="alert">{problem}</p>
      {found && (
        <>
          <p class="soft">
            {found.area_m2 > 1e5
              ? `${(found.area_m2 / 1e6).toFixed(2)} km²`
              : `${count(Math.round(found.area_m2), language)} m²`}
          </p>
          <dl aria-live="polite">
            {COUNTED.filter((key) => key in found.counts).map((key) => (
              <div key={key}>
                <dd data-zone={key}>{count(found.counts[key] ?? 0, language)}</dd>
                <dt>{say(key === 'issues' ? 'wlOpen' : key)}</dt>
              </div>
            ))}
          </dl>
          <fieldset class="row" aria-label={say('wlRows')}>
            {LISTS.map((key) => (
              <button
                type="button"
                class="wl-do"
                key={key}
                aria-pressed={list === key}
                onClick={() => setList(key)}
              >
                {say(key === 'issues' ? 'wlIssues' : key)}
              </button>
            ))}
          </fieldset>
          <ul>
            {rows.slice(0, 100).map(([at, name, detail]) => (
              <li key={at.id}>
                <button type="button" onClick={() => here.fly([at.lon, at.lat])}>
                  <b>{name}</b>
                  <small>{detail}</small>
                </button>
              </li>
            ))}
            {rows.length === 0 && <li class="wl-none">{say('wlNobody')}</li>}
          </ul>
          <button type="button" class="wl-do main" onClick={() => void save()}>
            {say('wlSave')}
          </button>
        </>
      )}
    </section>
  );
}
