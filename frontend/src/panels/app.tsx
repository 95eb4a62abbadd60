/** The panels around the map, and what they remember. */
import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { Problem, service, type Twin, type Who } from '../api/client';
import { type Key, say } from '../i18n/catalogue';
import { IssueCard } from '../issues/card';
import { IssueLegend } from '../issues/legend';
import type { IssueMarkers } from '../map/issues';
import type { Box, TwinMap } from '../map/map';
import { read, type Selection, type View, write } from '../url';
import { Card } from './card';
import { LayerPanel } from './layers';
import { SearchBox } from './search';
import { SignIn } from './signin';
import { Tools } from './tools';

const RETRY_MS = 3000;

export function App() {
  const [view, setView] = useState<View>(() => read(location.hash));
  const [who, setWho] = useState<Who | null>();
  const [twin, setTwin] = useState<Twin>();
  const [away, setAway] = useState(false);
  const [drawable, setDrawable] = useState(true);
  const [markers, setMarkers] = useState<IssueMarkers>();
  const [heat, setHeat] = useState(false);
  const heated = useRef(heat);
  const map = useRef<TwinMap>(null);
  const t = useCallback((key: Key) => say(key, view.language), [view.language]);
  const api = useMemo(() => service(view.language), [view.language]);
  const change = useCallback((part: Partial<View>) => setView((now) => ({ ...now, ...part })), []);
  const select = useCallback((selection?: Selection) => setView((now) => ({ ...now, selection })), []);

  useEffect(() => {
    document.documentElement.lang = view.language === 'zh' ? 'zh-CN' : 'en';
    document.documentElement.dataset.theme = view.theme;
    history.replaceState(null, '', write(view));
    map.current?.show(view);
    map.current?.mark(view.selection);
  }, [view]);

  useEffect(() => {
    const restore = () => setView(read(location.hash));
    addEventListener('hashchange', restore);
    return () => removeEventListener('hashchange', restore);
  }, []);

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const begin = () => {
      Promise.all([api.who(), api.twin()]).then(
        ([person, outline]) => {
          setAway(false);
          setWho(person);
          setTwin(outline);
        },
        (error: unknown) => {
          if (error instanceof Problem && error.status === 401) return setWho(null);
          setAway(true);
          timer = setTimeout(begin, RETRY_MS);
        },
      );
    };
    if (!twin && who !== null) begin();
    return () => clearTimeout(timer);
  }, [api, twin, who]);

  useEffect(() => {
    if (!twin || map.current) return;
    document.title = twin.title ? `${twin.title} · gridtwin` : 'gridtwin';
    import('../map/map').then(({ TwinMap, canDraw }) => {
      if (!canDraw()) return setDrawable(false);
      const container = document.getElementById('map') as HTMLElement;
      const made = new TwinMap(container, view, twin.bounds as Box | null, {
        picked: select,
        moved: (camera) => change({ camera }),
      });
      map.current = made;
      if (!['handler', 'auditor', 'machine'].includes(who?.role ?? '')) {
        made.follow();
        setMarkers(made.followIssues(() => ({ heat: heated.current })));
      }
      made.mark(view.selection);
      Object.assign(window, { gridtwin: { map: made.map } });
    });
  }, [twin]);

  useEffect(() => {
    heated.current = heat;
    markers?.show();
  }, [heat, markers]);

  if (who === null) {
    return (
      <SignIn
        api={api}
        t={t}
        done={() => setWho(undefined)}
        language={view.language}
        setLanguage={(language) => change({ language })}
      />
    );
  }
  if (!twin || !who) return <p class="notice">{away ? t('serverAway') : ''}</p>;
  const out = () => api.signOut().finally(() => location.reload());
  return (
    <>
      <header class="panel title">
        <h1>{twin.title || t('title')}</h1>
        {twin.demo && (
          <strong class="demo" title={t('demoWhy')}>
            {t('demo')}
          </strong>
        )}
        <SearchBox
          api={api}
          t={t}
          language={view.language}
          fly={(centre, box) => map.current?.fly(centre, box)}
          select={select}
        />
      </header>
      {!drawable && <p class="notice">{t('noWebgl')}</p>}
      {!twin.bounds && <p class="notice">{t('empty')}</p>}
      {away && <p class="notice">{t('serverAway')}</p>}
      <Tools t={t} view={view} change={change} map={map} bounds={twin.bounds} who={who} signOut={out} />
      <LayerPanel t={t} view={view} change={change} twin={twin} />
      {markers && !view.hidden.includes('issues') && (
        <IssueLegend markers={markers} t={t} language={view.language} heat={heat} setHeat={setHeat} />
      )}
      {view.selection?.kind === 'issue' && (
        <IssueCard
          key={view.selection.id}
          id={Number(view.selection.id)}
          t={t}
          language={view.language}
          desk={['administrator', 'dispatcher', 'station_head'].includes(who.role)}
          close={select}
          fly={(centre, box) => map.current?.fly(centre, box)}
        />
      )}
      {view.selection && view.selection.kind !== 'issue' && (
        <Card
          key={`${view.selection.kind}:${view.selection.id}`}
          api={api}
          t={t}
          twin={twin}
          language={view.language}
          selection={view.selection}
          select={select}
          fly={(centre, box) => map.current?.fly(centre, box)}
        />
      )}
    </>
  );
}
