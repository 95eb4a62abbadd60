/** The desk's list: what the filter asks for, again whenever an issue changed; which rows are new; the counts. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { service, Who } from '../api/client';
import type { Issue, IssueService } from '../issues/api';
import { onIssueNews } from '../map/issue_news';
import type { State } from '../map/issue_signs';
import { asked, type Filter } from './address';

const PAGE = 100;
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
  const known = useRef<Map<number, number> | undefined>(undefined);
  useEffect(() => {
    if (!who) return;
    const given = new AbortController();
    const timer = setTimeout(
      () =>
        desk.list(asked(filter, box(), PAGE), given.signal).then(
          (found) => {
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
    const within = filter.area || who.areas[0]?.code;
    if (!within) return;
    const given = new AbortController();
    api.summary(within, given.signal).then(
      (found) => setCounts((found as unknown as { issues: Partial<Record<State, number>> }).issues),
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
    const query = asked(filter, box(), PAGE);
    query.set('before', String(next));
    desk.list(query).then((found) => {
      setIssues((was) => [...(was ?? []), ...found.issues]);
      setNext(found.next);
    });
  };
  return { issues, setIssues, next, counts, fresh, loadMore };
}
