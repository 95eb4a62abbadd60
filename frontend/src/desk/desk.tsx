/** The desk (工作台) of dispatchers, station heads and handling units: list and map in step, one issue beside them. */
import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { Problem, service, type Twin, type Who } from '../api/client';
import { type Key, say } from '../i18n/catalogue';
import { type Issue, type IssueClass, issueService, type WholeIssue } from '../issues/api';
import { useNow } from '../issues/parts';
import { onIssueNews } from '../map/issue_news';
import type { State } from '../map/issue_signs';
import type { IssueMarkers } from '../map/issues';
import type { Box, TwinMap } from '../map/map';
import { SignIn } from '../panels/signin';
import type { AreaName } from '../planner/api';
import { read, type View, write } from '../url';
import { asked, type Filter, initialFilter, readDesk, writeDesk } from './address';
import { Detail, type Done } from './detail';
import { Filters } from './filters';
import { KEYS, useKeys } from './keys';
import { List } from './list';
import { NewReportForm } from './report';

const RETRY_MS = 3000;
const PAGE = 100;
const SETTLE_MS = 300;
const SAID_MS = 8000;
const LIST_WIDTH = 400;
const DETAIL_WIDTH = 460;

export function Desk() {
  const [view, setView] = useState<View>(() => read(location.hash));
  const [{ issue: chosen, filter }, setShown] = useState(() => readDesk(location.search));
  const [who, setWho] = useState<Who | null>();
  const [twin, setTwin] = useState<Twin>();
  const [away, setAway] = useState(false);
  const [classes, setClasses] = useState<IssueClass[]>([]);
  const [areas, setAreas] = useState<AreaName[]>([]);
  const [issues, setIssues] = useState<Issue[]>();
  const [next, setNext] = useState<number | null>(null);
  const [counts, setCounts] = useState<Partial<Record<State, number>>>({});
  const [marked, setMarked] = useState<number | undefined>(chosen);
  const [fresh, setFresh] = useState<ReadonlySet<number>>(new Set());
  const [creating, setCreating] = useState(false);
  const [help, setHelp] = useState(false);
  const [heat, setHeat] = useState(false);
  const [said, setSaid] = useState<Done>();
  const [markers, setMarkers] = useState<IssueMarkers>();
  const [round, setRound] = useState(0);
  const map = useRef<TwinMap>(null);
  const heated = useRef(heat);
  const search = useRef<HTMLInputElement>(null);
  const steps = useRef<((digit: number) => boolean) | undefined>(undefined);
  const known = useRef<Map<number, number> | undefined>(undefined);
  const now = useNow();
  const t = useCallback((key: Key) => say(key, view.language), [view.language]);
  const api = useMemo(() => service(view.language), [view.language]);
  const desk = useMemo(() => issueService(view.language), [view.language]);
  const changeView = useCallback((part: Partial<View>) => setView((was) => ({ ...was, ...part })), []);
  const change = useCallback(
    (part: Partial<Filter>) => setShown((was) => ({ ...was, filter: { ...was.filter, ...part } })),
    [],
  );
  const open = useCallback((id: number | undefined) => {
    setCreating(false);
    setShown((was) => ({ filter: was.filter, ...(id ? { issue: id } : {}) }));
    if (id) setMarked(id);
  }, []);

  useEffect(() => {
    document.documentElement.lang = view.language === 'zh' ? 'zh-CN' : 'en';
    document.documentElement.dataset.theme = view.theme;
    document.title = `${chosen ? `#${chosen} · ` : ''}${t('dkTitle')} · gridtwin`;
    const { selection: _, ...kept } = view;
    history.replaceState(null, '', location.pathname + writeDesk(chosen, filter) + write(kept));
    map.current?.show(view);
  }, [view, chosen, filter, t]);
  useEffect(() => {
    const back = () => setShown(readDesk(location.search));
    addEventListener('popstate', back);
    return () => removeEventListener('popstate', back);
  }, []);

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const enter = () => {
      Promise.all([api.who(), api.twin(), desk.classes()]).then(
        ([person, outline, found]) => {
          setAway(false);
          setWho(person);
          setTwin(outline);
          setClasses(found);
          askAreas();
        },
        (error: unknown) => {
          if (error instanceof Problem && error.status === 401) return setWho(null);
          setAway(true);
          timer = setTimeout(enter, RETRY_MS);
        },
      );
    };
    const askAreas = () =>
      fetch('/api/areas', { credentials: 'same-origin' })
        .then((answer) => (answer.ok ? answer.json() : { areas: [] }))
        .then((answer: { areas: AreaName[] }) => setAreas(answer.areas));
    if (who === undefined) enter();
    return () => clearTimeout(timer);
  }, [who, api, desk]);

  // the list ------------------------------------------------------------------------------------------------------
  const box = () => {
    const bounds = map.current?.map.getBounds();
    return bounds && [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()];
  };
  const wish = JSON.stringify(filter);
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
    return onIssueNews(() => setRound((was) => was + 1));
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

  // the map -------------------------------------------------------------------------------------------------------
  useEffect(() => {
    if (!twin || !who || map.current) return;
    import('../map/map').then(({ TwinMap, canDraw }) => {
      if (!canDraw() || map.current) return;
      const container = document.getElementById('map') as HTMLElement;
      const made = new TwinMap(container, view, twin.bounds as Box | null, {
        picked: (selection) => {
          if (selection?.kind === 'issue') open(Number(selection.id));
        },
        moved: (camera) => {
          changeView({ camera });
          setRound((was) => (readDesk(location.search).filter.inView ? was + 1 : was));
        },
      });
      map.current = made;
      if (innerWidth > 900) made.map.setPadding({ left: LIST_WIDTH, top: 0, right: 0, bottom: 0 });
      if (!view.camera && twin.bounds) made.fly([0, 0], twin.bounds);
      if (!['handler', 'auditor', 'machine'].includes(who.role)) {
        made.follow();
        setMarkers(made.followIssues(() => ({ heat: heated.current })));
      }
      Object.assign(window, { gridtwin: { map: made.map } });
    });
  }, [twin, who]);
  useEffect(() => {
    heated.current = heat;
    markers?.show();
  }, [heat, markers]);
  useEffect(() => {
    if (!markers || !issues) return;
    const top = areas.find((area) => area.code === filter.area)?.path;
    const within = top && areas.filter(({ path }) => path === top || path.startsWith(`${top}.`));
    markers.only({
      states: filter.states,
      ...(filter.class ? { classes: [filter.class] } : {}),
      ...(within ? { areas: new Set(within.map(({ code }) => code)) } : {}),
      overdue: filter.overdue,
    });
    // a list that is complete says exactly what the map shows, closed ones and hidden classes too
    markers.give(next === null ? issues : undefined);
  }, [markers, issues, next, areas, wish]);
  useEffect(() => {
    markers?.select(marked);
  }, [markers, marked]);
  const right = Boolean(chosen) || creating;
  useEffect(() => {
    if (innerWidth <= 900) return;
    map.current?.map.setPadding({ left: LIST_WIDTH, top: 0, right: right ? DETAIL_WIDTH : 0, bottom: 0 });
  }, [right]);
  const show = (issue: Pick<Issue, 'lon' | 'lat'>) => {
    const drawn = map.current?.map;
    if (!drawn) return;
    const { x, y } = drawn.project([issue.lon, issue.lat]);
    const edge = innerWidth - (right ? DETAIL_WIDTH : 0);
    const inside = x > LIST_WIDTH + 40 && x < edge - 40 && y > 60 && y < innerHeight - 40;
    if (!inside || drawn.getZoom() < 15.5) map.current?.fly([issue.lon, issue.lat], null);
  };

  const create = () => {
    open(undefined);
    setCreating(true);
  };

  // keys ----------------------------------------------------------------------------------------------------------
  const move = (by: number) => {
    if (!issues?.length) return false;
    const at = issues.findIndex((one) => one.id === marked);
    const to = issues[Math.max(0, Math.min(issues.length - 1, at < 0 ? 0 : at + by))];
    if (!to) return false;
    setMarked(to.id);
    if (chosen) open(to.id);
    return true;
  };
  useKeys((command) => {
    if (typeof command === 'number') return steps.current?.(command) ?? false;
    switch (command) {
      case 'next':
        return move(1);
      case 'previous':
        return move(-1);
      case 'open':
        if (marked) open(marked);
        return marked !== undefined;
      case 'close':
        if (help) setHelp(false);
        else if (creating) setCreating(false);
        else open(undefined);
        return true;
      case 'dispatch':
        return steps.current?.(0) ?? false;
      case 'new':
        create();
        return true;
      case 'search':
        search.current?.focus();
        return true;
      case 'overdue':
        change({ overdue: !filter.overdue });
        return true;
      case 'view':
        change({ inView: !filter.inView });
        return true;
      case 'help':
        setHelp(!help);
        return true;
    }
  });
  useEffect(() => {
    if (!said) return;
    const timer = setTimeout(() => setSaid(undefined), SAID_MS);
    return () => clearTimeout(timer);
  }, [said]);

  if (who === null) {
    return (
      <SignIn
        api={api}
        t={t}
        done={() => setWho(undefined)}
        language={view.language}
        setLanguage={(language) => changeView({ language })}
      />
    );
  }
  if (!twin || !who) return <p class="notice">{away ? t('serverAway') : ''}</p>;
  const replace = (issue: WholeIssue) =>
    setIssues((was) => was?.map((one) => (one.id === issue.id ? { ...one, ...issue } : one)));
  return (
    <>
      <main class="panel desk-list">
        <header>
          <h1>{t('dkTitle')}</h1>
          {twin.demo && (
            <strong class="demo" title={t('demoWhy')}>
              {t('demo')}
            </strong>
          )}
          <nav aria-label={who.display_name}>
            <button
              type="button"
              class="tool"
              title={t('theme')}
              aria-label={t('theme')}
              onClick={() => changeView({ theme: view.theme === 'day' ? 'night' : 'day' })}
            >
              ◐
            </button>
            <button
              type="button"
              class="tool"
              onClick={() => changeView({ language: view.language === 'zh' ? 'en' : 'zh' })}
            >
              {view.language === 'zh' ? 'EN' : '中'}
            </button>
            <button type="button" class="tool" title={t('dkKeyHelp')} onClick={() => setHelp(!help)}>
              ?
            </button>
            <button
              type="button"
              class="tool"
              title={t('signOut')}
              aria-label={t('signOut')}
              onClick={() => api.signOut().finally(() => location.reload())}
            >
              <svg viewBox="0 0 24 24" width="17" height="17" aria-hidden="true">
                <path d="M12 3v9 M7 6a8 8 0 1 0 10 0" />
              </svg>
            </button>
          </nav>
        </header>
        <p class="top-row">
          <button type="button" class="main" onClick={create}>
            {t('dkNew')}{' '}
            <span class="kbd" aria-hidden="true">
              n
            </span>
          </button>
          <button type="button" class="chip" aria-pressed={heat} onClick={() => setHeat(!heat)}>
            {t('issueHeat')}
          </button>
          <a class="chip" href={`/${write({ ...view, selection: undefined })}`}>
            {t('plToMap')}
          </a>
        </p>
        <Filters
          filter={filter}
          change={change}
          classes={classes}
          areas={areas}
          counts={counts}
          search={search}
          t={t}
          language={view.language}
        />
        {away && (
          <p class="problem pad" role="status">
            {t('serverAway')}
          </p>
        )}
        <List
          issues={issues}
          more={next !== null}
          loadMore={loadMore}
          marked={marked}
          fresh={fresh}
          open={(id) => {
            open(id);
            const one = issues?.find((issue) => issue.id === id);
            if (one) show(one);
          }}
          now={now}
          filtered={wish !== JSON.stringify(initialFilter)}
          clear={() => change(initialFilter)}
          t={t}
          language={view.language}
        />
      </main>
      {chosen && !creating && (
        <Detail
          key={chosen}
          id={chosen}
          service={desk}
          classes={classes}
          now={now}
          t={t}
          language={view.language}
          close={() => open(undefined)}
          open={open}
          done={(done) => {
            replace(done.issue);
            setSaid(done);
          }}
          loaded={show}
          keys={(act) => {
            steps.current = act;
          }}
        />
      )}
      {creating && (
        <NewReportForm
          service={desk}
          classes={classes}
          t={t}
          language={view.language}
          callers={['administrator', 'dispatcher', 'station_head'].includes(who.role)}
          pick={(took) => {
            const drawn = map.current?.map;
            if (!drawn) return () => undefined;
            const heard = ({ lngLat }: { lngLat: { lng: number; lat: number } }) =>
              took([Number(lngLat.lng.toFixed(7)), Number(lngLat.lat.toFixed(7))]);
            drawn.once('click', heard);
            return () => drawn.off('click', heard);
          }}
          point={(at) => {
            markers?.aim(at);
            if (at) map.current?.fly(at, null);
          }}
          made={(issue) => {
            open(issue.id);
            setSaid({ issue, said: `#${issue.id} ${t('dkRegistered')}` });
            setRound((was) => was + 1);
          }}
          close={() => setCreating(false)}
        />
      )}
      {said && (
        <div class="said panel" role="status">
          {said.said}
          {said.undo && (
            <button
              type="button"
              class="chip"
              onClick={() => {
                said.undo?.();
                setSaid(undefined);
              }}
            >
              {t('dkUndo')}
            </button>
          )}
        </div>
      )}
      {help && (
        <dialog class="panel keys" open aria-label={t('dkKeyHelp')}>
          <h2>{t('dkKeyHelp')}</h2>
          <dl>
            {KEYS.map(([command, keys, says]) => (
              <div key={command}>
                <dt>
                  {keys.map((key) => (
                    <kbd key={key}>{key}</kbd>
                  ))}
                </dt>
                <dd>{t(says)}</dd>
              </div>
            ))}
            <div>
              <dt>
                <kbd>1</kbd>…<kbd>9</kbd>
              </dt>
              <dd>{t('dkKeyStep')}</dd>
            </div>
          </dl>
          <button type="button" class="chip" onClick={() => setHelp(false)}>
            {t('close')}
          </button>
        </dialog>
      )}
    </>
  );
}
