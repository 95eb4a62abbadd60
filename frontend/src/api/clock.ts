/**
 * The service's clock and its time zone, which are the page's: a PC that has stood for years may think it is any day.
 *
 * Between two answers it runs by the browser's steady counter, not by its calendar.
 */
let base = Date.now() - performance.now();
let zone: string | undefined;

/** Takes over what the service said: its moment, and the time zone in which its days begin. */
export function setClock(now: string | undefined, timeZone?: string): void {
  const told = new Date(now ?? '').getTime();
  if (Number.isFinite(told)) base = told - performance.now();
  setZone(timeZone);
}

/** Takes over the time zone alone. */
export function setZone(timeZone: string | undefined): void {
  if (timeZone) zone = timeZone;
}

/** The service's moment, ms since 1970. */
export const serviceNow = (): number => base + performance.now();

/** What `Intl` is to write moments in; undefined (the browser's) until the service has said. */
export const timeZone = (): { timeZone?: string } => (zone ? { timeZone: zone } : {});

/** The day of a moment as the service counts days, `2026-05-01`. */
export const dayOf = (at: number): string => new Date(at).toLocaleDateString('sv-SE', timeZone());

/** Minutes since the day began. */
export function minuteOf(at: number): number {
  const [h = 0, m = 0] = new Date(at).toLocaleTimeString('sv-SE', timeZone()).split(':').map(Number);
  return h * 60 + m;
}

/** The service's day of today, `2026-05-01`. */
export const today = (): string => dayOf(serviceNow());

/** When a day begins in the service's time zone, ms since 1970. */
export const beginningOf = (day: string): number => momentOf(`${day}T00:00`);

/** What clocks in the service's time zone show (`2026-05-01T08:30`, as a field for it gives), in ms since 1970. */
export function momentOf(shown: string): number {
  const utc = Date.parse(`${shown}Z`);
  // what the clocks there show, read as if it were UTC, is off by the zone's offset; twice, for days that change it
  const offset = (at: number) =>
    Date.parse(`${new Date(at).toLocaleString('sv-SE', timeZone()).replace(' ', 'T')}Z`) - at;
  return utc - offset(utc - offset(utc));
}
