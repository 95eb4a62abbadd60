/** The desk (工作台) of dispatchers, station heads and handling units: list and map in step, one issue beside them. */
import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { service } from '../api/client';
import { type Key, say } from '../i18n/catalogue';
import { issueService, type WholeIssue } from '../issues/api';
import { useNow } from '../issues/parts';
import type { TwinMap } from '../map/map';
import { SignIn } from '../panels/signin';
import { read, type View, write } from '../url';
import { type Filter, initialFilter, readDesk, writeDesk } from './address';
import { Detail, type Done } from './detail';
import { Filters } from './filters';
import { Foot } from './foot';
import { Header } from './header';
import { KeyHelp } from './key_help';
import { useKeys } from './keys';
import { List } from './list';
import { NewReportForm } from './report';
import { Trouble } from './trouble';
import { useEntry } from './use_entry';
import { useIssues } from './use_issues';
import { useDeskMap } from './use_map';

const SAID_MS = 8000;

export function Desk() {
  const [view, setView] = useState<View>(() => read(location.hash));
  const [{ issue: chosen, filter }, setShown] = useState(() => readDesk(location.search));
  const [marked, setMarked] = useState<number | undefined>(chosen);
  const [creating, setCreating] = useState(false);
  const [gathered, setGathered] = useState(false);
  const [help, setHelp] = useState(false);
  const [heat, setHeat] = useState(false);
  const [said, setSaid] = useState<Done>();
  const [round, setRound] = useState(0);
  const map = useRef<TwinMap>(null);
  const search = useRef<HTMLInputElement>(null);
  const steps = useRef<((digit: number) => boolean) | undefined>(undefined);
  const again = useCallback(() => setRound((was) => was + 1), []);
  const now = useNow();
  const t = useCallback((key: Key) => say(key, view.language), [view.language]);
  const api = useMemo(() => service(view.language), [view.language]);
  const desk = useMemo(() => issueService(view.language), [view.language]);
  const { who, setWho, twin, classes, areas, away, setAway } = useEntry(api, desk);
  const changeView = useCallback((part: Partial<View>) => setView((was) => ({ ...was, ...part })), []);
  const change = useCallback(
    (part: Partial<Filter>) => setShown((was) => ({ ...was, filter: { ...was.filter, ...part } })),
    [],
  );
  const open = useCallback((id: number | undefined) => {
    setCreating(false);
    setGathered(false);
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

  const box = () => {
    const bounds = map.current?.map.getBounds();
    return bounds && [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()];
  };
  const wish = JSON.stringify(filter);
  const { issues, setIssues, next, counts, fresh, loadMore } = useIssues({
    who,
    api,
    desk,
    filter,
    wish,
    box,
    round,
    again,
    setAway,
  });
  const right = Boolean(chosen) || creating || gathered;
  const { markers, show } = useDeskMap({
    map,
    who,
    twin,
    view,
    right,
    marked,
    heat,
    filter,
    wish,
    issues,
    whole: next === null,
    areas,
    open,
    moved: (camera) => {
      changeView({ camera });
      if (readDesk(location.search).filter.inView) again();
    },
  });

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
        else if (gathered) setGathered(false);
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
        <Header
          who={who}
          demo={twin.demo}
          view={view}
          change={changeView}
          help={() => setHelp(!help)}
          signOut={api.signOut}
          t={t}
        />
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
        <Foot
          who={who}
          filter={filter}
          t={t}
          language={view.language}
          trouble={() => {
            open(undefined);
            setGathered(true);
          }}
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
            again(); // what a unit sent back is in its list no longer
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
            again();
          }}
          open={open}
          close={() => setCreating(false)}
        />
      )}
      {gathered && !chosen && !creating && (
        <Trouble
          api={api}
          filter={filter}
          see={(at) => {
            markers?.aim(at);
            map.current?.fly(at, null);
          }}
          open={open}
          close={() => {
            markers?.aim(undefined);
            setGathered(false);
          }}
          t={t}
          language={view.language}
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
      {help && <KeyHelp t={t} close={() => setHelp(false)} />}
    </>
  );
}
