/** The keys of the desk, told. */
import type { Key } from '../i18n/catalogue';
import { KEYS } from './keys';

export function KeyHelp({ t, close }: { t: (key: Key) => string; close: () => void }) {
  return (
    <dialog class="panel keys" open aria-label={t('dkKeyHelp')}>
      <h2>{t('dkKeyHelp')}</h2>
      <dl>
        {KEYS.map(([command, keys, says]) => (
          <div key={command}>
            <dt>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{t(says)}</dd>
          </div>
        ))}
        <div>
          <dt>
            <kbd>1</kbd>…<kbd>9</kbd>
          </dt>
          <dd>{t('dkKeyStep')}</dd>
        </div>
      </dl>
      <button type="button" class="chip" onClick={close}>
        {t('close')}
      </button>
    </dialog>
  );
}
