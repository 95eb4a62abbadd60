/** What makes the page an app: its service worker, and the browser's offer to put it on the home screen. */

type Offer = Event & { prompt(): Promise<void> };
let offer: Offer | undefined;
const listeners = new Set<(there: boolean) => void>();

function told(): void {
  for (const listener of listeners) listener(offer !== undefined);
}

addEventListener('beforeinstallprompt', (event) => {
  event.preventDefault();
  offer = event as Offer;
  told();
});
addEventListener('appinstalled', () => {
  offer = undefined;
  told();
});

/** Registers the service worker where the browser allows it: on a secure origin. */
export function register(): void {
  if (!isSecureContext || !('serviceWorker' in navigator)) return;
  const here = location.pathname;
  navigator.serviceWorker
    .register(`${here.slice(0, here.lastIndexOf('/'))}/phone-sw.js`, { scope: here })
    .catch(() => {
      // the page works without it, only not offline
    });
}

/** Calls whenever it becomes or stops being possible to install; returns what ends it. */
export function onInstallable(listener: (there: boolean) => void): () => void {
  listeners.add(listener);
  listener(offer !== undefined);
  return () => listeners.delete(listener);
}

export function install(): void {
  offer?.prompt();
  offer = undefined;
  told();
}
