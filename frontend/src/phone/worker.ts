/** The phone page's service worker: keeps the page and its files, so that it opens without a connection. */

type Waiting = Event & { waitUntil(work: Promise<unknown>): void };
type Fetching = Waiting & { request: Request; respondWith(answer: Promise<Response>): void };
type Scope = {
  addEventListener(kind: 'install' | 'activate', listener: (event: Waiting) => void): void;
  addEventListener(kind: 'fetch', listener: (event: Fetching) => void): void;
  skipWaiting(): Promise<void>;
  clients: { claim(): Promise<void> };
  registration: { scope: string };
};

const scope = self as unknown as Scope;
const KEPT = 'phone-1';
const page = () => new URL(scope.registration.scope).pathname;

/** The files that a page or a script names; all of them have a hash in their name. */
function named(text: string): string[] {
  return [...text.matchAll(/[\w.-]+-[\w-]{8}\.(?:js|mjs|css)/g)].map(([name]) => name);
}

/** Keeps the page as it is now, with everything that it may load. */
async function keep(answer: Response): Promise<void> {
  const kept = await caches.open(KEPT);
  const base = new URL('.', new URL(page(), location.href));
  const text = await answer.clone().text();
  const [known, next] = [new Set<string>(), new Set(named(text))];
  while (next.size) {
    const [name] = next;
    if (!name) break;
    next.delete(name);
    known.add(name);
    const address = new URL(`assets/${name}`, base).href;
    const there = (await kept.match(address)) ?? (await fetch(address));
    if (!there.ok) continue;
    if (!(await kept.match(address))) await kept.put(address, there.clone());
    if (name.endsWith('.css')) continue;
    for (const more of named(await there.text())) if (!known.has(more)) next.add(more);
  }
  for (const file of ['icon.svg', 'icon-192.png', 'phone.webmanifest']) {
    const address = new URL(file, base).href;
    const there = await fetch(address);
    if (there.ok) await kept.put(address, there);
  }
  await kept.put(page(), answer);
  for (const { url } of await kept.keys()) {
    const name = url.split('/assets/')[1];
    if (name && !known.has(name)) await kept.delete(url);
  }
}

let renewing = Promise.resolve();

/** The page from the service if it answers soon, else as it was kept. */
async function open(): Promise<Response> {
  const kept = await caches.match(page());
  try {
    const answer = await fetch(page(), { signal: AbortSignal.timeout(kept ? 4000 : 30_000) });
    if (!answer.ok) return kept ?? answer;
    const copy = answer.clone();
    renewing = renewing.then(() => keep(copy)).catch(() => undefined);
    return answer;
  } catch {
    return kept ?? Response.error();
  }
}

scope.addEventListener('install', (event) => {
  event.waitUntil(
    fetch(page())
      .then(keep)
      .then(() => scope.skipWaiting()),
  );
});

scope.addEventListener('activate', (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((name) => name !== KEPT).map((name) => caches.delete(name))))
      .then(() => scope.clients.claim()),
  );
});

scope.addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== 'GET' || origin !== location.origin) return;
  if (request.mode === 'navigate') {
    if (pathname !== page()) return;
    event.respondWith(open());
    event.waitUntil(Promise.resolve().then(() => renewing));
  } else if (
    pathname.includes('/assets/') ||
    /\/(icon[\w-]*\.(svg|png)|phone\.webmanifest)$/.test(pathname)
  ) {
    event.respondWith(caches.match(request.url).then((kept) => kept ?? fetch(request)));
  }
});
