/** The desk's shortcuts: one table, from which they work and are explained. */
import { useEffect, useRef } from 'preact/hooks';
import type { Key } from '../i18n/catalogue';

export type Command =
  | 'next'
  | 'previous'
  | 'open'
  | 'close'
  | 'new'
  | 'search'
  | 'overdue'
  | 'view'
  | 'help'
  | 'dispatch';
export const KEYS: [command: Command, keys: string[], says: Key][] = [
  ['next', ['j', 'ArrowDown'], 'dkKeyNext'],
  ['previous', ['k', 'ArrowUp'], 'dkKeyPrevious'],
  ['open', ['Enter'], 'dkKeyOpen'],
  ['close', ['Escape'], 'dkKeyClose'],
  ['dispatch', ['d'], 'dkKeyDispatch'],
  ['new', ['n'], 'dkKeyNew'],
  ['search', ['/'], 'dkKeySearch'],
  ['overdue', ['o'], 'dkKeyOverdue'],
  ['view', ['v'], 'dkKeyView'],
  ['help', ['?'], 'dkKeyHelp'],
];

function typing(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && target.closest('input, textarea, select, [contenteditable]') !== null
  );
}

/** Calls with the command of a key that was pressed outside of fields; digits mean the steps, from 1. */
export function useKeys(act: (command: Command | number) => boolean): void {
  const latest = useRef(act);
  latest.current = act;
  useEffect(() => {
    const heard = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (document.querySelector('dialog:modal')) return; // its keys are its own
      if (typing(event.target)) {
        if (event.key === 'Escape') (event.target as HTMLElement).blur();
        return;
      }
      // Enter and arrows belong to the button or the map that has the focus
      const own = event.target instanceof HTMLElement && event.target.closest('button, a, canvas');
      if (own && (event.key === 'Enter' || (event.key.startsWith('Arrow') && own.tagName === 'CANVAS')))
        return;
      const command = KEYS.find(([, keys]) => keys.includes(event.key))?.[0];
      const digit = /^[1-9]$/.test(event.key) ? Number(event.key) : undefined;
      const wish = command ?? digit;
      if (wish !== undefined && latest.current(wish)) event.preventDefault();
    };
    addEventListener('keydown', heard);
    return () => removeEventListener('keydown', heard);
  }, []);
}
