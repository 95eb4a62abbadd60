/** What the file is: layer, text, place. Nothing is guessed silently: candidates are shown, the planner chooses. */
import type { Key, Language } from '../i18n/catalogue';
import type { Candidate, Job, Layer } from './api';
import type { Choice } from './choice';
import { inPlace } from './remedies';

type Props = {
  t: (key: Key) => string;
  language: Language;
  job: Job;
  layer: Layer;
  choice: Choice | null;
  chooseLayer: (name: string) => void;
  readAs: (encoding: string) => void;
  change: (part: Partial<Choice>) => void;
};

const KNOWN_ENCODINGS = ['UTF-8', 'GB18030', 'Big5', 'windows-1252'];

const SHAPES: Record<string, Key> = {
  Point: 'plPoints',
  MultiPoint: 'plPoints',
  LineString: 'plLines',
  MultiLineString: 'plLines',
  Polygon: 'plPolygons',
  MultiPolygon: 'plPolygons',
};
const TYPES: Record<string, Key> = {
  text: 'plText',
  number: 'plNumber',
  date: 'plDate',
  datetime: 'plDate',
  empty: 'plEmpty',
};

function far(metres: number): string {
  return metres < 1000 ? `${Math.round(metres)} m` : `${(metres / 1000).toFixed(1)} km`;
}

export function Look({ t, language, job, layer, choice, chooseLayer, readAs, change }: Props) {
  const layers = job.inspection?.layers ?? [];
  const rows = layer.rows === null ? '?' : layer.rows.toLocaleString(language === 'zh' ? 'zh-CN' : 'en');
  const shapes = Object.entries(layer.geometry).map(([name, count]) => {
    const key = SHAPES[name];
    return key ? t(key).replace('{count}', String(count)) : `${count} ${name}`;
  });
  const offered = layer.encoding_candidates.map((one) => one.encoding);
  const isText = layer.encoding !== null || offered.length > 0 || job.encoding !== null;
  const encodings = [...new Set([...offered, ...(job.encoding ? [job.encoding] : []), ...KNOWN_ENCODINGS])];
  const sampled = layer.encoding_candidates;
  const same = (a: Candidate) => choice?.crs === a.crs && choice.swap === a.swapped;
  return (
    <section aria-labelledby="look">
      <h2 id="look">{t('plStepLook')}</h2>
      <p class="facts">
        {job.inspection?.format} · {t('plRows').replace('{count}', rows)}
        {shapes.length > 0 && ` · ${shapes.join(', ')}`}
      </p>
      {layers.length > 1 && (
        <label class="row">
          {t('plLayer')}
          <select value={layer.name} onChange={(event) => chooseLayer(event.currentTarget.value)}>
            {layers.map((one) => (
              <option key={one.name} value={one.name}>
                {one.name} ({one.rows ?? '?'})
              </option>
            ))}
          </select>
        </label>
      )}
      {isText && (
        <fieldset class="options">
          <legend>{t('plEncoding')}</legend>
          {sampled.length > 1 && <p class="soft">{t('plEncodingHint')}</p>}
          {encodings.map((name) => {
            const samples = sampled.find((one) => one.encoding === name)?.samples.join(' / ');
            const chosen = (choice?.encoding ?? (sampled.length ? null : layer.encoding)) === name;
            if (!samples && !chosen && sampled.length > 0) return null;
            return (
              <label key={name} class={chosen ? 'chosen' : ''}>
                <input type="radio" name="encoding" checked={chosen} onChange={() => readAs(name)} />
                <span>
                  <b>{name}</b>
                  {samples && <small>{samples}</small>}
                </span>
              </label>
            );
          })}
        </fieldset>
      )}
      {shapes.length > 0 && (
        <fieldset class="options">
          <legend>{t('plCrs')}</legend>
          {layer.crs && (
            <label class={choice?.crs ? '' : 'chosen'}>
              <input
                type="radio"
                name="crs"
                checked={!choice?.crs}
                onChange={() => change({ crs: null, swap: false })}
              />
              <span>
                <b>{layer.crs_title ?? layer.crs}</b>
                <small>{t('plCrsOfFile')}</small>
              </span>
            </label>
          )}
          {!layer.crs && <p class="soft">{t('plCrsHint')}</p>}
          {layer.crs_candidates.map((one, at) => (
            <label key={`${one.crs} ${one.swapped}`} class={same(one) ? 'chosen' : ''}>
              <input
                type="radio"
                name="crs"
                checked={same(one)}
                onChange={() => change({ crs: one.crs, swap: one.swapped })}
              />
              <span>
                <b>
                  {one.title}
                  {one.swapped && ` · ${t('plSwapped')}`}
                </b>
                {one.on_areas && <em>{t('plOnAreas')}</em>}
                <small>
                  {one.reason}
                  {at > 0 && ` · ${t('plApart').replace('{far}', far(one.apart_m))}`}
                </small>
              </span>
            </label>
          ))}
          <label class="check">
            <input
              type="checkbox"
              checked={choice?.swap ?? false}
              onChange={(event) => change({ swap: event.currentTarget.checked })}
            />
            {t('plSwap')}
          </label>
          <label class="row">
            {t('plCrsOther')}
            <input
              placeholder="EPSG:4548"
              value={choice?.crs ?? ''}
              onChange={(event) => change({ crs: event.currentTarget.value.trim() || null })}
            />
          </label>
        </fieldset>
      )}
      {layer.remarks
        .filter((one) => one.check !== 'encoding-missing')
        .map((one) => (
          <p key={one.message} class={`remark ${one.severity}`}>
            {one.message} <span class="soft">{inPlace(one.remedy, language)}</span>
          </p>
        ))}
      <details open={layer.columns.length < 9}>
        <summary>{t('plColumns').replace('{count}', String(layer.columns.length))}</summary>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable by keyboard */}
        <section class="wide" tabIndex={0} aria-label={t('plSamples')}>
          <table class="columns">
            <thead>
              <tr>
                <th scope="col">{t('plColumn')}</th>
                <th scope="col">{t('plType')}</th>
                <th scope="col">{t('plSamples')}</th>
              </tr>
            </thead>
            <tbody>
              {layer.columns.map((one) => (
                <tr key={one.name}>
                  <th scope="row">{one.name}</th>
                  <td>{TYPES[one.type] ? t(TYPES[one.type] as Key) : one.type}</td>
                  <td>{one.samples.join(' / ')}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      </details>
    </section>
  );
}
