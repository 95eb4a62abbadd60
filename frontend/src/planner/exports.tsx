/** Files to take away: a layer, an area, a form. */
import { useState } from 'preact/hooks';
import type { Twin } from '../api/client';
import { type Key, type Language, say } from '../i18n/catalogue';
import type { AreaName, Kind } from './api';

type Props = {
  t: (key: Key) => string;
  language: Language;
  kinds: Kind[];
  areas: AreaName[];
  twin: Twin;
};

const FORMS: Record<string, string> = {
  gpkg: 'GeoPackage',
  shp: 'Shapefile (.zip)',
  geojson: 'GeoJSON',
  csv: 'CSV',
  xlsx: 'Excel',
};
const SYSTEMS = ['EPSG:4326', 'EPSG:4490', 'EPSG:4548', 'GCJ-02'];

export function Exports({ t, language, kinds, areas, twin }: Props) {
  const [kind, setKind] = useState(kinds[0]?.name ?? 'areas');
  const [form, setForm] = useState('gpkg');
  const [crs, setCrs] = useState('EPSG:4326');
  const [within, setWithin] = useState('');
  const [encoding, setEncoding] = useState('UTF-8');
  const [gridKind, setGridKind] = useState('community');
  const asked = new URLSearchParams({ format: form, crs });
  if (within) asked.set('within', within);
  if (form === 'shp' || form === 'csv') asked.set('encoding', encoding);
  if (kind === 'grids') asked.set('grid_kind', gridKind);
  const pick = (
    label: string,
    value: string,
    set: (value: string) => void,
    choices: [value: string, label: string][],
  ) => (
    <label class="row">
      {label}
      <select value={value} onChange={(event) => set(event.currentTarget.value)}>
        {choices.map(([one, words]) => (
          <option key={one} value={one}>
            {words}
          </option>
        ))}
      </select>
    </label>
  );
  return (
    <section class="exports">
      <p class="soft">{t('plExportHint')}</p>
      {pick(
        t('plKind'),
        kind,
        setKind,
        kinds.map((one) => [one.name, say(one.name as Key, language)]),
      )}
      {kind === 'grids' &&
        pick(
          t('gridKind'),
          gridKind,
          setGridKind,
          twin.grid_kinds.map((one) => [one.code, language === 'zh' ? one.name_zh : one.name_en]),
        )}
      {pick(t('plWithin'), within, setWithin, [
        ['', t('plAnywhere')],
        ...areas.map((one): [string, string] => [
          one.code,
          '　'.repeat(Math.max(0, one.path.split('.').length - 1)) + one.name,
        ]),
      ])}
      {pick(t('plForm'), form, setForm, Object.entries(FORMS))}
      {pick(
        t('plCrs'),
        crs,
        setCrs,
        SYSTEMS.map((one) => [one, one]),
      )}
      {(form === 'shp' || form === 'csv') &&
        pick(t('plEncoding'), encoding, setEncoding, [
          ['UTF-8', 'UTF-8'],
          ['GBK', 'GBK'],
        ])}
      <a class="main" href={`/api/export/${kind}?${asked}`} download>
        {t('plExport')}
      </a>
    </section>
  );
}
