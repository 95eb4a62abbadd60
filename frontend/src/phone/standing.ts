/** Where a link says that this window stands: the demo's phone is looked at from anywhere, and stands in its grid. */
import type { Place } from './spot';

const KEPT = 'phone-standing';

/** Takes over `lon,lat` out of a link, for as long as the window is open. */
export function standAt(words: string | null): void {
  const [lon, lat] = (words ?? '').split(',').map(Number);
  if (words && Number.isFinite(lon) && Number.isFinite(lat))
    sessionStorage.setItem(KEPT, JSON.stringify({ lon, lat }));
}

/** The place, if a link gave one. */
export function standing(): Place | undefined {
  try {
    return JSON.parse(sessionStorage.getItem(KEPT) ?? 'null') ?? undefined;
  } catch {
    return undefined;
  }
}
