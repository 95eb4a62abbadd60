/** What a period tells in numbers: the four rates, by hour, source, class, area and the level where it was closed. */
import { useEffect, useState } from 'preact/hooks';
import { ask } from '../api/client';
import { dayOf, serviceNow } from '../api/clock';
import { type Key, type Language, sayValue } from '../i18n/catalogue';

type Rates = Record<'closed' | 'pleased' | 'in_time' | 'returned', number | null>;
type Told = {
  counts: { reported: number; closed: number };
  rates: Rates;
  sources: Record<string, number>;
  hours: number[];
  levels: Record<'village' | 'town' | 'district', number>;
  classes: { class: string; name_zh: string; name_en: string; n: number }[];
  areas: { area: string; name: string; n: number; rates: Rates }[];
};

const RATES: [keyof Rates, Key][] = [
  ['closed', 'fgClosed'],
  ['in_time', 'fgInTime'],
  ['pleased', 'fgPleased'],
  ['returned', 'fgReturned'],
];
const SHOWN = 6;
const DAY_MS = 86_400_000;

const percent = (rate: number | null) => (rate === null ? '—' : `${(rate * 100).toFixed(1)}%`);

type Props = { area: string; days: number; t: (key: Key) => string; language: Language };

export function Figures({ area, days, t, language }: Props) {
  const [told, setTold] = useState<Told>();
  const query = new URLSearchParams({ from: dayOf(serviceNow() - (days - 1) * DAY_MS) });
  if (area) query.set('area', area);
  useEffect(() => {
    const given = new AbortController();
    ask<Told>(`/api/issues/statistics?${query}`, language, { signal: given.signal }).then(
      setTold,
      () => undefined, // the panel beside it says what went wrong
    );
    return () => given.abort();
  }, [area, days, language]);
  if (!told) return null;
  const most = Math.max(1, ...told.hours);
  const list = (title: Key, rows: [name: string, n: number | string][]) => (
    <>
      <dt>{t(title)}</dt>
      <dd>
        {rows.map(([name, n]) => (
          <span key={name}>
            {name} <b>{n}</b>
          </span>
        ))}
      </dd>
    </>
  );
  return (
    <section aria-label={t('fgTitle')} class="figures">
      <h3>
        {t('fgTitle')} <small>{`${told.counts.reported} ${t('dtReports')}`}</small>
      </h3>
      <p class="rates">
        {RATES.map(([name, key]) => (
          <span key={name}>
            <b>{percent(told.rates[name])}</b> {t(key)}
          </span>
        ))}
      </p>
      <svg
        viewBox="0 0 240 44"
        role="img"
        aria-label={`${t('fgHours')}: ${told.hours.map((n, hour) => `${hour}:00 ${n}`).join(', ')}`}
      >
        {told.hours.map((n, hour) => (
          <rect key={hour} x={hour * 10 + 1} y={34 - (n / most) * 32} width="8" height={(n / most) * 32} />
        ))}
        {[0, 6, 12, 18].map((hour) => (
          <text key={hour} x={hour * 10 + 1} y="43">
            {hour}
          </text>
        ))}
      </svg>
      <dl>
        {list(
          'issueClass',
          told.classes.slice(0, SHOWN).map((one) => [language === 'zh' ? one.name_zh : one.name_en, one.n]),
        )}
        {list(
          'issueSource',
          Object.entries(told.sources).map(([source, n]) => [sayValue(source, language), n]),
        )}
        {list('fgLevels', [
          [t('level_village'), told.levels.village],
          [t('level_town'), told.levels.town],
          [t('level_district'), told.levels.district],
        ])}
        {told.areas.length > 0 &&
          list(
            'area',
            [...told.areas]
              .sort((a, b) => b.n - a.n)
              .slice(0, SHOWN)
              .map((one) => [one.name, `${one.n} · ${percent(one.rates.in_time)}`]),
          )}
      </dl>
      <a class="chip" href={`/api/issues/statistics?${query}&format=csv`} download="statistics.csv">
        {t('fgCsv')}
      </a>
    </section>
  );
}
