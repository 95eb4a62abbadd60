/** What the desk's address keeps beside the map's view: the issue that is open, and the filter. */
import { STATES, type State } from '../map/issue_signs';

export type Filter = {
  states: State[];
  /** A class, or the two digits of a group; empty: all. */
  class: string;
  area: string;
  overdue: boolean;
  /** Only what waits for somebody to choose its class. */
  unsure: boolean;
  /** Only what lies in the map's view. */
  inView: boolean;
  words: string;
};

export const UNCLOSED: State[] = STATES.slice(0, 3) as State[];
export const initialFilter: Filter = {
  states: UNCLOSED,
  class: '',
  area: '',
  overdue: false,
  unsure: false,
  inView: false,
  words: '',
};

/** Reads a query such as `?issue=17&state=待处理&overdue=1`; what it can't read is left out. */
export function readDesk(query: string): { issue?: number; filter: Filter } {
  const given = new URLSearchParams(query);
  const states = (given.get('state') ?? '')
    .split(',')
    .filter((one): one is State => (STATES as readonly string[]).includes(one));
  const issue = Number(given.get('issue'));
  const code = given.get('class') ?? '';
  return {
    ...(Number.isSafeInteger(issue) && issue > 0 ? { issue } : {}),
    filter: {
      states: states.length ? states : UNCLOSED,
      class: /^\d{2}(\d{2})?$/.test(code) ? code : '',
      area: given.get('area') ?? '',
      overdue: given.get('overdue') === '1',
      unsure: given.get('unsure') === '1',
      inView: given.get('inview') === '1',
      words: given.get('q') ?? '',
    },
  };
}

/** The query of an issue and a filter; defaults are left out. */
export function writeDesk(issue: number | undefined, filter: Filter): string {
  const query = new URLSearchParams();
  if (issue) query.set('issue', String(issue));
  if (filter.states.join() !== UNCLOSED.join()) query.set('state', filter.states.join(','));
  if (filter.class) query.set('class', filter.class);
  if (filter.area) query.set('area', filter.area);
  if (filter.overdue) query.set('overdue', '1');
  if (filter.unsure) query.set('unsure', '1');
  if (filter.inView) query.set('inview', '1');
  if (filter.words) query.set('q', filter.words);
  const text = query.toString().replaceAll('%2C', ',');
  return text ? `?${text}` : '';
}

/** What the service is asked for. */
export function asked(filter: Filter, box: number[] | undefined, limit: number): URLSearchParams {
  const query = new URLSearchParams({ limit: String(limit), state: filter.states.join(',') });
  if (filter.class) query.set('class', filter.class);
  if (filter.area) query.set('area', filter.area);
  if (filter.overdue) query.set('overdue', 'true');
  if (filter.unsure) query.set('unsure', 'true');
  if (filter.words.trim()) query.set('q', filter.words.trim());
  if (filter.inView && box) query.set('bbox', box.map((degrees) => degrees.toFixed(6)).join(','));
  return query;
}
