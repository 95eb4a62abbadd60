/** Where the same comes again and again, where there is more than usual, and where there is much: beside the map. */
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { service } from '../api/client';
import type { Key, Language } from '../i18n/catalogue';
import { nameOf, shortPlace, when } from '../issues/parts';
import type { Filter } from './address';
import { Figures } from './figures';
import { type Trouble as Found, trouble } from './hot';

const DAYS = [7, 30, 90, 365];
const SHOWN = 12;

type Props = {
  api: ReturnType<typeof service>;
  filter: Filter;
  /** Shows a place on the map. */
  see: (at: [number, number]) => void;
  open: (id: number) => void;
  close: () => void;
  t: (key: Key) => string;
  language: Language;
};
type At = { lon: number; lat: number };

export function Trouble({ api, filter, see, open, close, t, language }: Props) {
  const [days, setDays] = useState(30);
  const [found, setFound] = useState<Found>();
  const [failed, setFailed] = useState('');
  const [names, setNames] = useState<Record<string, string>>({});
  useEffect(() => {
    const given = new AbortController();
    setFound(undefined);
    trouble(language, { area: filter.area, code: filter.class, days }, given.signal).then(
      (told) => {
        setFailed('');
        setFound(told);
        for (const at of [...told.clusters, ...told.spots.slice(0, SHOWN)])
          api.addressesAt([at.lon, at.lat], given.signal).then(
            ({ addresses }) => {
              const text = addresses[0]?.text;
              if (text) setNames((was) => ({ ...was, [placeOf(at)]: houseOf(text) }));
            },
            () => undefined, // it stays a place without a name
          );
      },
      (error: Error) => {
        if (!given.signal.aborted) setFailed(error.message);
      },
    );
    return () => given.abort();
  }, [api, language, filter.area, filter.class, days]);
  const near = (at: At) => names[placeOf(at)] ?? placeOf(at);
  const row = (at: At, title: string, ...about: ComponentChildren[]) => (
    <button type="button" class="place" title={t('dtSee')} onClick={() => see([at.lon, at.lat])}>
      <b>{title}</b>
      <span>{about}</span>
    </button>
  );
  return (
    <aside
      class="panel detail trouble-panel"
      aria-label={t('dtTrouble')}
      aria-busy={!found && !failed ? 'true' : 'false'}
    >
      <button type="button" class="close" aria-label={t('close')} title={t('close')} onClick={close}>
        ×
      </button>
      <h2>{t('dtTrouble')}</h2>
      <p class="row">
        <select
          aria-label={t('dtDays')}
          value={String(days)}
          onChange={(event) => setDays(Number(event.currentTarget.value))}
        >
          {DAYS.map((n) => (
            <option key={n} value={String(n)}>
              {t('dtLast')} {n} {t('dtDaysUnit')}
            </option>
          ))}
        </select>
        <small>{t('dtTroubleHint')}</small>
      </p>
      <p role="alert" class="problem">
        {failed}
      </p>
      {!found && !failed && <p role="status">{t('loading')}</p>}
      <Figures area={filter.area} days={days} t={t} language={language} />
      {found && (
        <>
          <Part title={t('dtAgain')} about={t('dtAgainHint')} none={t('dtNoneThere')}>
            {found.places.slice(0, SHOWN).map((one) => (
              <li key={`${one.lon},${one.lat},${one.class}`}>
                {row(
                  one,
                  houseOf(one.place) || placeOf(one),
                  `${nameOf(one, language)} · ${one.n} ${t('dtTimes')}`,
                  one.open > 0 && ` · ${one.open} ${t('dtStillOpen')}`,
                  ` · ${t('dtLatest')} ${when(one.latest, language)}`,
                )}
                {one.issues[0] && (
                  <button type="button" class="chip" onClick={() => open(one.issues[0] as number)}>
                    #{one.issues[0]}
                  </button>
                )}
              </li>
            ))}
          </Part>
          <Part title={t('dtLately')} about={t('dtLatelyHint')} none={t('dtNoneThere')}>
            {found.clusters.map((one) => (
              <li key={placeOf(one)}>
                {row(
                  one,
                  near(one),
                  `${t('dtSince')} ${one.from} · ${Math.round(one.radius_m)} m · ${one.n} ${t('dtReports')}`,
                )}
              </li>
            ))}
          </Part>
          <Part title={t('dtHot')} about={t('dtHotHint')} none={t('dtNoneThere')}>
            {found.spots.slice(0, SHOWN).map((one) => (
              <li key={placeOf(one)}>
                {row(one, near(one), `${one.n} ${t('dtReports')} · z ${one.z.toFixed(1)}`)}
              </li>
            ))}
          </Part>
        </>
      )}
    </aside>
  );
}

function placeOf({ lon, lat }: At): string {
  return `${lon.toFixed(5)}, ${lat.toFixed(5)}`;
}

/** A place without its stairwell and room: what is told of is around a house. */
function houseOf(place: string | null): string {
  return shortPlace(place).replace(/\d+单元.*$|[\dA-Za-z]+室$/, '');
}

type PartProps = { title: string; about: string; none: string; children: ComponentChildren[] };

function Part({ title, about, none, children }: PartProps) {
  return (
    <section aria-label={title}>
      <h3>{title}</h3>
      <small>{children.length ? about : none}</small>
      {children.length > 0 && <ol>{children}</ol>}
    </section>
  );
}
