/** The keys of the map page: what each does, and the sheet that tells it. */
import { useEffect, useRef } from 'preact/hooks';
import type { Key } from '../i18n/catalogue';

/** In the order of the sheet. Arrows are the map library's own, while the map is in focus. */
const KEYS: [keys: string[], says: Key][] = [
  [['/'], 'keySearch'],
  [['+', '−'], 'keyZoom'],
  [['↑', '↓', '←', '→'], 'keyPan'],
  [['Shift', '↑', '↓', '←', '→'], 'keyTurn'],
  [['H'], 'keyHome'],
  [['N'], 'keyNorth'],
  [['T'], 'keyTilt'],
  [['D'], 'keyTheme'],
  [['L'], 'keyLayers'],
  [['M'], 'keyDistance'],
  [['A'], 'keyArea'],
  [['C'], 'keyCoordinates'],
  [['F'], 'keyFull'],
  [['P'], 'keyPrint'],
  [['Esc'], 'keyClose'],
  [['?'], 'keyHelp'],
];

/** Does what a key says, unless somebody is typing. `act` gets the key in lower case and says whether it was one. */
export function useKeys(act: (key: string) => boolean): void {
  const latest = useRef(act);
  latest.current = act;
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const typing = event.target instanceof Element && event.target.closest('input, select, textarea');
      if (event.ctrlKey || event.metaKey || event.altKey || (typing && event.key !== 'Escape')) return;
      // Enter and the space bar belong to the button in focus
      if (event.key === 'Enter' && event.target instanceof HTMLButtonElement) return;
      if (latest.current(event.key.length === 1 ? event.key.toLowerCase() : event.key))
        event.preventDefault();
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, []);
}

export function Help({ t, close }: { t: (key: Key) => string; close: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} class="panel help" aria-labelledby="help-title" onClose={close}>
      <button type="button" class="close" aria-label={t('close')} title={t('close')} onClick={close}>
        ×
      </button>
      <h2 id="help-title">{t('help')}</h2>
      <dl>
        {KEYS.map(([keys, says]) => (
          <div key={says}>
            <dt>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{t(says)}</dd>
          </div>
        ))}
      </dl>
    </dialog>
  );
}
