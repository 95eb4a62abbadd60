/** What the file becomes: its kind, which column is which field, and the area that it is about. */
import type { Twin } from '../api/client';
import { timeZone } from '../api/clock';
import { type Key, type Language, say } from '../i18n/catalogue';
import type { AreaName, Kind, Layer } from './api';
import { type Choice, fitting } from './choice';

type Props = {
  t: (key: Key) => string;
  language: Language;
  layer: Layer;
  kinds: Kind[];
  twin: Twin;
  areas: AreaName[];
  choice: Choice;
  chooseKind: (kind: string) => void;
  change: (part: Partial<Choice>) => void;
};

const CONSTANT = '\0constant';

export function Match({ t, language, layer, kinds, twin, areas, choice, chooseKind, change }: Props) {
  const kind = kinds.find((one) => one.name === choice.kind);
  const assign = (field: string, column: string) => {
    const { [field]: _, ...columns } = choice.columns;
    const { [field]: __, ...constants } = choice.constants;
    if (column === CONSTANT)
      change({ columns, constants: { ...constants, [field]: choice.constants[field] ?? '' } });
    else change({ columns: column ? { ...columns, [field]: column } : columns, constants });
  };
  const days = (moment: string) =>
    new Date(moment).toLocaleDateString(language === 'zh' ? 'zh-CN' : 'en', timeZone());
  return (
    <section aria-labelledby="match">
      <h2 id="match">{t('plStepMatch')}</h2>
      <label class="row">
        {t('plKind')}
        <select value={choice.kind} onChange={(event) => chooseKind(event.currentTarget.value)}>
          {fitting(layer, kinds).map((one) => (
            <option key={one.name} value={one.name}>
              {say(one.name as Key, language)}
            </option>
          ))}
        </select>
      </label>
      {choice.kind === 'grids' && (
        <>
          <label class="row">
            {t('gridKind')}
            <select
              value={choice.grid_kind}
              onChange={(event) => change({ grid_kind: event.currentTarget.value })}
            >
              {twin.grid_kinds.map((one) => (
                <option key={one.code} value={one.code}>
                  {language === 'zh' ? one.name_zh : one.name_en}
                </option>
              ))}
            </select>
          </label>
          <label class="row">
            {t('plFrom')}
            <input
              type="date"
              value={choice.in_force_from ?? ''}
              onChange={(event) => change({ in_force_from: event.currentTarget.value || null })}
            />
          </label>
          <p class="soft">{t('plFromHint')}</p>
        </>
      )}
      {choice.remembered && (
        <p class="remark info">{t('plRemembered').replace('{day}', days(choice.remembered))}</p>
      )}
      <table class="fields">
        <thead>
          <tr>
            <th scope="col">{t('plField')}</th>
            <th scope="col">{t('plColumn')}</th>
          </tr>
        </thead>
        <tbody>
          {kind?.fields.map((field) => {
            const name = language === 'zh' ? field.title_zh : field.name.replace(/_/g, ' ');
            const isConstant = field.name in choice.constants;
            const isOpen = field.required && !isConstant && !choice.columns[field.name];
            return (
              <tr key={field.name} class={isOpen ? 'open' : ''}>
                <th scope="row">
                  {name}
                  {field.required && <abbr title={t('plRequired')}>*</abbr>}
                </th>
                <td>
                  <select
                    aria-label={name}
                    value={isConstant ? CONSTANT : (choice.columns[field.name] ?? '')}
                    onChange={(event) => assign(field.name, event.currentTarget.value)}
                  >
                    <option value="">—</option>
                    {layer.columns.map((one) => (
                      <option key={one.name} value={one.name}>
                        {one.name}
                      </option>
                    ))}
                    <option value={CONSTANT}>{t('plConstant')}</option>
                  </select>
                  {isConstant && (
                    <input
                      aria-label={`${name} · ${t('plConstant')}`}
                      value={choice.constants[field.name]}
                      onInput={(event) =>
                        change({
                          constants: { ...choice.constants, [field.name]: event.currentTarget.value },
                        })
                      }
                    />
                  )}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
      <label class="row">
        {t('plWithin')}
        <select
          value={choice.within ?? ''}
          onChange={(event) => {
            const within = event.currentTarget.value || null;
            change({ within, replace: within !== null && choice.replace });
          }}
        >
          <option value="">{t('plAnywhere')}</option>
          {areas.map((area) => (
            <option key={area.code} value={area.code}>
              {'　'.repeat(Math.max(0, area.path.split('.').length - 1))}
              {area.name}
            </option>
          ))}
        </select>
      </label>
      <label class="check">
        <input
          type="checkbox"
          disabled={!choice.within}
          checked={choice.replace}
          onChange={(event) => change({ replace: event.currentTarget.checked })}
        />
        {t('plReplace')}
      </label>
      {choice.replace && (
        <label class="check">
          <input
            type="checkbox"
            checked={choice.yes}
            onChange={(event) => change({ yes: event.currentTarget.checked })}
          />
          {t('plReplaceMany')}
        </label>
      )}
      <label class="check">
        <input
          type="checkbox"
          checked={choice.repair}
          onChange={(event) => change({ repair: event.currentTarget.checked })}
        />
        {t('plRepair')}
      </label>
    </section>
  );
}
