/** What is drawn, by the two classes of element, and what the signs mean. */
import { useState } from 'preact/hooks';
import type { Twin, Who } from '../api/client';
import type { Key } from '../i18n/catalogue';
import type { View } from '../url';
import { Legend } from './legend';

type Props = {
  t: (key: Key) => string;
  view: View;
  change: (part: Partial<View>) => void;
  twin: Twin;
  who: Who;
  open: boolean;
  setOpen: (open: boolean) => void;
};

const CLASSES: [title: Key, groups: Key[]][] = [
  ['publicElements', ['facilities', 'areas', 'grids']],
  ['fineElements', ['workers', 'issues', 'addresses', 'buildings']],
  ['baseMap', ['streets', 'ground', 'labels']],
];
/** What only roles with fine-grained elements get. */
const FINE = new Set<Key>(['workers', 'issues', 'addresses']);
/** Roles without them. */
export const COARSE = new Set(['handler', 'auditor', 'machine']);

export function LayerPanel({ t, view, change, twin, who, open, setOpen }: Props) {
  const [tab, setTab] = useState<'layers' | 'legend'>('layers');
  const toggle = (group: string) =>
    change({
      hidden: view.hidden.includes(group)
        ? view.hidden.filter((one) => one !== group)
        : [...view.hidden, group],
    });
  const show = (name: 'layers' | 'legend') => {
    setOpen(!open || tab !== name);
    setTab(name);
  };
  return (
    <section class={`panel layers ${open ? '' : 'folded'}`} aria-label={t('layers')}>
      <h2>
        {(['layers', 'legend'] as const).map((name) => (
          <button
            type="button"
            key={name}
            class="quiet"
            aria-expanded={open && tab === name}
            onClick={() => show(name)}
          >
            {t(name)}
          </button>
        ))}
      </h2>
      {open && tab === 'legend' && <Legend t={t} view={view} twin={twin} />}
      {open && tab === 'layers' && (
        <>
          {CLASSES.map(([title, groups]) => (
            <fieldset key={title}>
              <legend>{t(title)}</legend>
              {groups
                .filter((group) => !FINE.has(group) || !COARSE.has(who.role))
                .map((group) => (
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
          {twin.backgrounds.length > 0 && (
            <label class="kind">
              {t('background')}
              <select
                value={view.background ?? ''}
                onChange={(event) => change({ background: event.currentTarget.value })}
              >
                <option value="">{t('backgroundNone')}</option>
                {twin.backgrounds.map((one) => (
                  <option key={one.code} value={one.code}>
                    {view.language === 'zh' ? one.name_zh : one.name_en}
                  </option>
                ))}
              </select>
            </label>
          )}
        </>
      )}
    </section>
  );
}
