/** Zones and patrol targets on the map page: listed, shown, drawn by clicks, deleted, and what happened at them. */
import type { FeatureCollection, Polygon } from 'geojson';
import { useCallback, useEffect, useState } from 'preact/hooks';
import { ask } from '../api/client';
import { timeZone } from '../api/clock';
import type { Key, Language } from '../i18n/catalogue';
import type { TwinMap } from '../map/map';
import { boxOf, type Zone, type ZoneKind } from '../map/zones';
import type { Measured } from '../url';
import '../styles/zones.css';

type Props = {
  t: (key: Key) => string;
  language: Language;
  map: { current: TwinMap | null };
  /** Whether this account may draw. */
  draws: boolean;
  /** The ring that is being drawn, and how to begin or end it. */
  measured: Measured | undefined;
  draw: (on: boolean) => void;
};
type Happened = { at: string; kind: string; worker: string; worker_name: string | null };
const PATHS: Record<ZoneKind, string> = { zone: '/api/zones', target: '/api/targets' };
const SHAPE = 'M4 8l7-4 9 5-2 9-10 2z M4 8h.1 M11 4h.1 M20 9h.1 M18 18h.1 M8 20h.1';
const WEEK_MS = 604_800_000;

export function Zones(props: Props & { open: boolean; setOpen: (open: boolean) => void }) {
  const { t, open, setOpen } = props;
  return open ? (
    <Panel {...props} close={() => setOpen(false)} />
  ) : (
    <button type="button" class="panel zones-open" onClick={() => setOpen(true)}>
      <svg viewBox="0 0 24 24" width="18" height="18" aria-hidden="true">
        <path d={SHAPE} />
      </svg>
      {t('zones')}
    </button>
  );
}

function Panel({ t, language, map, draws, measured, draw, close }: Props & { close: () => void }) {
  const [zones, setZones] = useState<Zone[]>();
  const [drawing, setDrawing] = useState(false);
  const [chosen, setChosen] = useState<string>();
  const [said, setSaid] = useState('');

  const load = useCallback(() => {
    const kinds = Object.keys(PATHS) as ZoneKind[];
    Promise.all(kinds.map((kind) => ask<FeatureCollection>(PATHS[kind], language))).then(
      (found) =>
        setZones(
          found.flatMap(({ features }, at) =>
            features.map(
              ({ geometry, properties }) => ({ ...properties, geometry, kind: kinds[at] }) as Zone,
            ),
          ),
        ),
      (error: Error) => setSaid(error.message),
    );
  }, [language]);
  useEffect(load, [load]);
  useEffect(() => map.current?.zones(zones ?? []), [zones]);
  useEffect(() => () => map.current?.zones([]), []);
  useEffect(() => {
    if (!measured) setDrawing(false); // Escape took the ring away
  }, [measured]);

  const begin = (on: boolean) => {
    setSaid('');
    draw(on);
    setDrawing(on);
  };
  const remove = (zone: Zone) =>
    ask(`${PATHS[zone.kind]}/${zone.id}`, language, { method: 'DELETE' }).then(load, (error: Error) =>
      setSaid(error.message),
    );
  return (
    <section class="panel zones" aria-label={t('zones')}>
      <button
        type="button"
        class="close"
        aria-label={t('close')}
        title={t('close')}
        onClick={() => {
          begin(false);
          close();
        }}
      >
        ×
      </button>
      <h2>{t('zones')}</h2>
      {drawing ? (
        <Drawing
          t={t}
          language={language}
          measured={measured}
          saved={() => {
            begin(false);
            load();
          }}
          cancel={() => begin(false)}
        />
      ) : (
        <>
          {zones && !zones.length && <p class="soft">{t('zonesNone')}</p>}
          <ul>
            {zones?.map((zone) => {
              const key = `${zone.kind}:${zone.id}`;
              return (
                <li key={key} data-kind={zone.kind} data-due={zone.due}>
                  <button
                    type="button"
                    class="name"
                    aria-expanded={chosen === key}
                    onClick={() => {
                      setChosen(chosen === key ? undefined : key);
                      const box = boxOf(zone.geometry);
                      map.current?.fly([(box[0] + box[2]) / 2, (box[1] + box[3]) / 2], box);
                    }}
                  >
                    <b>{zone.name}</b>
                    <small>
                      {t(zone.kind === 'zone' ? 'zoneZone' : 'zoneTarget')}
                      {zone.kind === 'target' && ` · ${t('zoneDone')} ${zone.done}/${zone.visits}`}
                    </small>
                  </button>
                  {chosen === key && (
                    <Lately
                      t={t}
                      language={language}
                      zone={zone}
                      remove={draws ? () => remove(zone) : undefined}
                    />
                  )}
                </li>
              );
            })}
          </ul>
          {draws && (
            <button type="button" class="main" onClick={() => begin(true)}>
              {t('zoneNew')}
            </button>
          )}
        </>
      )}
      {said && (
        <p class="wrong" role="alert">
          {said}
        </p>
      )}
    </section>
  );
}

/** What happened at a zone in the last days; its deletion is asked for twice. */
function Lately({
  t,
  language,
  zone,
  remove,
}: Pick<Props, 't' | 'language'> & { zone: Zone; remove: (() => void) | undefined }) {
  const [events, setEvents] = useState<Happened[]>();
  const [sure, setSure] = useState(false);
  useEffect(() => {
    const query = new URLSearchParams({
      fence: zone.kind,
      id: String(zone.id),
      from: String(Date.now() - WEEK_MS),
      limit: '8',
    });
    ask<{ events: Happened[] }>(`/api/geofence-events?${query}`, language).then(
      (found) => setEvents(found.events),
      () => setEvents([]),
    );
  }, [zone.id, zone.kind, language]);
  const locale = language === 'zh' ? 'zh-CN' : 'en-GB';
  return (
    <div class="lately">
      <h3>{t('zoneEvents')}</h3>
      {events && !events.length && <p class="soft">{t('zoneQuiet')}</p>}
      <ol>
        {events?.map(({ at, kind, worker, worker_name }) => (
          <li key={`${at}${kind}${worker}`}>
            <time>
              {new Date(at).toLocaleString(locale, {
                month: '2-digit',
                day: '2-digit',
                hour: '2-digit',
                minute: '2-digit',
                hour12: false,
                ...timeZone(),
              })}
            </time>{' '}
            {worker_name ?? worker} <b>{t(`zone_${kind}` as Key)}</b>
          </li>
        ))}
      </ol>
      {remove && (
        <button type="button" class="link danger" onClick={() => (sure ? remove() : setSure(true))}>
          {t(sure ? 'zoneDeleteSure' : 'zoneDelete')}
        </button>
      )}
    </div>
  );
}

/** The form beside the ring that is drawn on the map. */
function Drawing({
  t,
  language,
  measured,
  saved,
  cancel,
}: Pick<Props, 't' | 'language' | 'measured'> & { saved: () => void; cancel: () => void }) {
  const [kind, setKind] = useState<ZoneKind>('zone');
  const [said, setSaid] = useState('');
  const points = measured?.points ?? [];
  const save = (event: SubmitEvent) => {
    event.preventDefault();
    const typed = new FormData(event.currentTarget as HTMLFormElement);
    const geometry: Polygon = { type: 'Polygon', coordinates: [[...points, points[0] as [number, number]]] };
    const minutes = Number(typed.get('dwell'));
    const body = {
      name: String(typed.get('name')),
      geometry,
      ...(kind === 'zone'
        ? minutes
          ? { dwell_s: minutes * 60 }
          : {}
        : { metres: 0, visits: Number(typed.get('visits')), every_days: Number(typed.get('every')) }),
    };
    ask(PATHS[kind], language, { method: 'POST', body: JSON.stringify(body) }).then(saved, (error: Error) =>
      setSaid(error.message),
    );
  };
  return (
    <form onSubmit={save}>
      <p class="soft">{t('zoneHint')}</p>
      <fieldset class="modes" aria-label={t('zoneKind')}>
        {(['zone', 'target'] as const).map((one) => (
          <button type="button" key={one} aria-pressed={kind === one} onClick={() => setKind(one)}>
            {t(one === 'zone' ? 'zoneZone' : 'zoneTarget')}
          </button>
        ))}
      </fieldset>
      <label>
        {t('zoneName')}
        <input name="name" required maxLength={100} autocomplete="off" />
      </label>
      {kind === 'zone' ? (
        <label>
          {t('zoneDwell')}
          <input name="dwell" type="number" min={1} max={1440} />
        </label>
      ) : (
        <>
          <label>
            {t('zoneVisits')}
            <input name="visits" type="number" min={1} max={100} defaultValue="1" required />
          </label>
          <label>
            {t('zoneEvery')}
            <input name="every" type="number" min={1} max={366} defaultValue="1" required />
          </label>
        </>
      )}
      <p role="status">
        {points.length} {t('zoneCorners')}
      </p>
      <div class="actions">
        <button type="submit" class="main" disabled={points.length < 3}>
          {t('zoneSave')}
        </button>
        <button type="button" class="quiet" onClick={cancel}>
          {t('zoneCancel')}
        </button>
      </div>
      {said && (
        <p class="wrong" role="alert">
          {said}
        </p>
      )}
    </form>
  );
}
