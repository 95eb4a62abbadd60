/** What is drawn, by the two classes of element, with the legend beside each. */
import { useState } from 'preact/hooks';
import type { Twin } from '../api/client';
import type { Key } from '../i18n/catalogue';
import { themes } from '../map/style/theme';
import type { View } from '../url';

type Props = { t: (key: Key) => string; view: View; change: (part: Partial<View>) => void; twin: Twin };

const CLASSES: [title: Key, groups: Key[]][] = [
  ['publicElements', ['facilities', 'areas', 'grids']],
  ['fineElements', ['workers', 'issues', 'buildings']],
  ['baseMap', ['streets', 'ground', 'labels']],
];
const USES: Key[] = [
  'residential',
  'commercial',
  'office',
  'school',
  'hospital',
  'industrial',
  'public',
  'village',
];

export function LayerPanel({ t, view, change, twin }: Props) {
  const [open, setOpen] = useState(() => innerWidth > 900);
  const theme = themes[view.theme];
  const toggle = (group: string) =>
    change({
      hidden: view.hidden.includes(group)
        ? view.hidden.filter((one) => one !== group)
        : [...view.hidden, group],
    });
  return (
    <section class={`panel layers ${open ? '' : 'folded'}`} aria-label={t('layers')}>
      <h2>
        <button type="button" class="quiet" aria-expanded={open} onClick={() => setOpen(!open)}>
          {t('layers')}
        </button>
      </h2>
      {open && (
        <>
          {CLASSES.map(([title, groups]) => (
            <fieldset key={title}>
              <legend>{t(title)}</legend>
              {groups.map((group) => (
                <label key={group}>
                  <input
                    type="checkbox"
                    checked={!view.hidden.includes(group)}
                    onChange={() => toggle(group)}
                  />
                  {t(group)}
                </label>
              ))}
            </fieldset>
          ))}
          <label class="kind">
            {t('gridKind')}
            <select
              value={view.gridKind}
              onChange={(event) => change({ gridKind: event.currentTarget.value })}
            >
              {twin.grid_kinds.map((kind) => (
                <option key={kind.code} value={kind.code}>
                  {view.language === 'zh' ? kind.name_zh : kind.name_en}
                </option>
              ))}
            </select>
          </label>
          <h3>{t('legend')}</h3>
          <ul class="legend">
            {USES.map((use) => (
              <li key={use}>
                <svg width="14" height="14" aria-hidden="true">
                  <rect width="14" height="14" rx="3" fill={theme.building[use] ?? theme.buildingOther} />
                </svg>
                {t(use)}
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}
