/** What stands first in the desk's list: open urgent issues, by their next deadline; then the newest. */
import type { Issue } from '../issues/api';
import type { Filter } from './address';

const CLOSED = '已归档';

/** Whether the filter lets any open issue through. */
export function pressing(filter: Filter): boolean {
  return filter.states.some((state) => state !== CLOSED);
}

/** The urgent ones of `first`, all of it with `whole`, then what `rest` has besides, each once. */
export function joined(first: Issue[], rest: Issue[], whole = false): Issue[] {
  const top = whole ? first : first.filter((issue) => issue.urgent);
  const there = new Set(top.map((issue) => issue.id));
  return [...top, ...rest.filter((issue) => !there.has(issue.id))];
}
