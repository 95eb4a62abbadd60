/**
 * The desk's list: what the filter asks for, open urgent ones first, again whenever an issue changed; which rows are
 * new; the counts.
 */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { service, Who } from '../api/client';
import type { Issue, IssueService } from '../issues/api';
import { onIssueNews } from '../map/issue_news';
import { STATES, type State } from '../map/issue_signs';
import { asked, type Filter } from './address';
import { joined, pressing } from './order';

const PAGE = 100;
const MOST = 1000; // what the service gives at once
const MOST_AREAS = 12; // of somebody who has more, nothing is counted until one is chosen
const SETTLE_MS = 300;

type Given = {
  who: Who | null | undefined;
  api: ReturnType<typeof service>;
  desk: IssueService;
  filter: Filter;
  /** The filter as a text: it changes when the filter does. */
  wish: string;
  /** The map's view: west, south, east, north. */
  box: () => number[] | undefined;
  round: number;
  again: () => void;
  setAway: (away: boolean) => void;
};

export function useIssues({ who, api, desk, filter, wish, box, round, again, setAway }: Given) {
  const [issues, setIssues] = useState<Issue[]>();
  const [next, setNext] = useState<number | null>(null);
  const [counts, setCounts] = useState<Partial<Record<State, number>>>({});
  const [fresh, setFresh] = useState<ReadonlySet<number>>(new Set());
  /** As many as were looked at stay, when the list is asked for again. */
  const wanted = useRef(PAGE);
  useEffect(() => {
    wanted.current = PAGE;
  }, [wish]);
  const known = useRef<Map<number, number> | undefined>(undefined);
  const pressed = () => {
    const query = asked(filter, box(), PAGE);
    query.set('pressing', 'true');
    return query;
  };
  useEffect(() => {
    if (!who) return;
    const given = new AbortController();
    const timer = setTimeout(
      () =>
        Promise.all([
          pressing(filter) ? desk.list(pressed(), given.signal) : { issues: [] },
          desk.list(asked(filter, box(), wanted.current), given.signal),
        ]).then(
          ([first, newest]) => {
            const found = { issues: joined(first.issues, newest.issues), next: newest.next };
            setAway(false);
            setIssues(found.issues);
            setNext(found.next);
            const before = known.current;
            if (before) {
              const changed = found.issues.filter((one) => (before.get(one.id) ?? 0) < one.version);
              setFresh(new Set(changed.map((one) => one.id)));
            }
            known.current = new Map(found.issues.map((one) => [one.id, one.version]));
          },
          () => {
            if (!given.signal.aborted) setAway(true);
          },
        ),
      SETTLE_MS,
    );
    return () => {
      clearTimeout(timer);
      given.abort();
    };
  }, [who, desk, wish, round]);
  useEffect(() => {
    known.current = undefined; // another filter's rows are no news
    setFresh(new Set());
  }, [wish]);
  useEffect(() => {
    if (!who) return;
    const within = filter.area ? [filter.area] : who.areas.map((area) => area.code);
    if (!within.length || within.length > MOST_AREAS) return setCounts({});
    const given = new AbortController();
    Promise.all(within.map((code) => api.summary(code, given.signal))).then(
      (found) => {
        const sums: Partial<Record<State, number>> = {};
        for (const { issues: counted } of found as unknown as { issues: Record<State, number> }[])
          for (const state of STATES) sums[state] = (sums[state] ?? 0) + (counted[state] ?? 0);
        setCounts(sums);
      },
      () => setCounts({}),
    );
    return () => given.abort();
  }, [who, api, filter.area, round]);
  useEffect(() => {
    if (!who) return;
    return onIssueNews(() => again());
  }, [who]);
  const loadMore = () => {
    if (next === null) return;
    wanted.current = Math.min(MOST, wanted.current + PAGE);
    const query = asked(filter, box(), PAGE);
    query.set('before', String(next));
    desk.list(query).then((found) => {
      setIssues((was) => joined(was ?? [], found.issues, true));
      setNext(found.next);
    });
  };
  return { issues, setIssues, next, counts, fresh, loadMore };
}
