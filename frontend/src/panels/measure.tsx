/** The panel of what is being measured: its mode, its size, and what can be done with it. */
import type { Key } from '../i18n/catalogue';
import { along, extent, sayArea, sayLength } from '../map/geodesy';
import type { TwinMap } from '../map/map';
import type { Measured, View } from '../url';

type Props = {
  t: (key: Key) => string;
  view: View;
  change: (part: Partial<View>) => void;
  measured: Measured;
  map: TwinMap | undefined;
  close: () => void;
};

const MU_M2 = 2000 / 3; // 1 亩

export function MeasurePanel({ t, view, change, measured, map, close }: Props) {
  const { mode, points } = measured;
  const language = view.language;
  const size = extent(points);
  const rows: [label: Key, value: string][] =
    mode === 'distance'
      ? [['total', sayLength(along(points).at(-1) ?? 0, language)]]
      : [
          ['extent', sayArea(points.length > 2 ? size.area : 0, language)],
          ['mu', (points.length > 2 ? size.area / MU_M2 : 0).toFixed(2)],
          ['perimeter', sayLength(points.length > 2 ? size.perimeter : 0, language)],
        ];
  const set = (next: Measured) => change({ measured: next });
  return (
    <section class="panel measure" aria-label={t('measure')}>
      <button type="button" class="close" aria-label={t('close')} title={t('close')} onClick={close}>
        ×
      </button>
      <h2>{t('measure')}</h2>
      <fieldset class="modes" aria-label={t('measure')}>
        {(['distance', 'area'] as const).map((one) => (
          <button
            type="button"
            key={one}
            aria-pressed={mode === one}
            onClick={() => set({ mode: one, points })}
          >
            {t(one === 'distance' ? 'measureDistance' : 'measureArea')}
          </button>
        ))}
      </fieldset>
      <dl aria-live="polite">
        {rows.map(([label, value]) => (
          <div key={label}>
            <dt>{t(label)}</dt>
            <dd data-field={label}>{value}</dd>
          </div>
        ))}
      </dl>
      <p class="soft">{t('measureTruth')}</p>
      <p class="soft">{t('measureHint')}</p>
      <div class="actions">
        <button type="button" class="link" onClick={() => map?.measureCentre()}>
          {t('measureAdd')}
        </button>
        <button
          type="button"
          class="link"
          disabled={!points.length}
          onClick={() => set({ mode, points: points.slice(0, -1) })}
        >
          {t('undo')}
        </button>
        <button
          type="button"
          class="link"
          disabled={!points.length}
          onClick={() => set({ mode, points: [] })}
        >
          {t('clear')}
        </button>
      </div>
    </section>
  );
}
