/** What every panel of the wall is given. */
import type { Twin } from '../api/client';
import type { Language } from '../i18n/catalogue';
import type { Place } from './address';
import type { AreaRow } from './answers';
import type { Say } from './saying';

/** The rows behind a number. */
export type Rows =
  | { of: 'areas' }
  | { of: 'grids' }
  | { of: 'buildings' }
  | { of: 'coverage' }
  | { of: 'workers'; status?: string }
  | { of: 'issues'; state?: string; overdue?: boolean };

export type Here = {
  say: Say;
  language: Language;
  twin: Twin;
  /** All areas of the scope, in the order of the hierarchy. */
  areas: AreaRow[];
  /** The area on the screen: the place itself, or the one that the grid or building lies in. */
  area: AreaRow | undefined;
  place: Place | undefined;
  /** The id of the grid on the screen, or that the building on it stands in. */
  grid: string | undefined | null;
  gridKind: string;
  /** Whether rows are shown. */
  drawn: boolean;
  /** The minute that it is, so that what says how long ago goes on. */
  now: number;
  go: (place: Place | undefined, box?: number[]) => void;
  fly: (centre: [number, number], box?: number[]) => void;
  /** Shows one issue, and where it is. */
  see: (issue: number, at: [number, number]) => void;
  open: (rows: Rows | undefined) => void;
};
