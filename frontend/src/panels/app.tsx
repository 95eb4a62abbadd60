/** The panels around the map, and what they remember. */
import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { Problem, service, type Twin, type Who } from '../api/client';
import { type Key, say } from '../i18n/catalogue';
import { IssueCard } from '../issues/card';
import { IssueLegend } from '../issues/legend';
import type { IssueMarkers } from '../map/issues';
import type { Box, TwinMap } from '../map/map';
import { type LonLat, type Measured, read, type Selection, type View, write } from '../url';
import { Card } from './card';
import { Guide, guided, unfolded } from './guide';
import { Header } from './header';
import { Help, useKeys } from './help';
import { COARSE, LayerPanel } from './layers';
import { MeasurePanel } from './measure';
import { Readout } from './readout';
import { ReplayPanel } from './replay';
import { SearchBox } from './search';
import { Sheet } from './sheet';
import { SignIn } from './signin';
import { type Acts, Tools } from './tools';
import { Zones } from './zones';

const RETRY_MS = 3000;

export function App() {
  const [view, setView] = useState<View>(() => read(location.hash));
  const [who, setWho] = useState<Who | null>();
  const [twin, setTwin] = useState<Twin>();
  const [away, setAway] = useState(false);
  const [drawable, setDrawable] = useState(true);
  const [markers, setMarkers] = useState<IssueMarkers>();
  const heated = useRef(Boolean(view.heat));
  const [ready, setReady] = useState<TwinMap>();
  const [open, setOpen] = useState({
    help: false,
    sheet: false,
    picking: false,
    zones: false,
    layers: innerWidth > 900,
  });
  /** Where the selected thing stands, if it is a point, and the buildings that belong to it. */
  const [found, setFound] = useState<{ at?: LonLat | undefined; buildings: number[] }>({ buildings: [] });
  /** How often another link was followed on this page. */
  const [restored, setRestored] = useState(0);
  const map = useRef<TwinMap>(null);
  const t = useCallback((key: Key) => say(key, view.language), [view.language]);
  const api = useMemo(() => service(view.language), [view.language]);
  const change = useCallback((part: Partial<View>) => setView((now) => ({ ...now, ...part })), []);
  const select = useCallback(
    (selection?: Selection) =>
      setView(({ selection: _, ...now }) => (selection ? { ...now, selection } : now)),
    [],
  );
  const turn = (part: Partial<typeof open>) => setOpen((now) => ({ ...now, ...part }));

  useEffect(() => {
    document.documentElement.lang = view.language === 'zh' ? 'zh-CN' : 'en';
    document.documentElement.dataset.theme = view.theme;
    history.replaceState(null, '', write(view));
    map.current?.show(view);
  }, [view]);

  useEffect(() => {
    map.current?.mark(view.selection, found.buildings);
    map.current?.point(found.at);
  }, [view.selection?.kind, view.selection?.id, found, ready]);

  useEffect(() => {
    if (map.current) map.current.picking = open.picking;
  }, [open.picking, ready]);

  useEffect(() => {
    const restore = () => {
      const wanted = read(location.hash);
      if (wanted.camera) map.current?.look(wanted.camera);
      setRestored((times) => times + 1);
      setView(wanted);
    };
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
      const fine = !COARSE.has(who?.role ?? '');
      const listener = {
        picked: select,
        moved: (camera: View['camera']) => camera && change({ camera }),
        measured: (measured: Measured) => change({ measured }),
      };
      const made = new TwinMap(container, view, twin.bounds as Box | null, listener, {
        fine,
        backgrounds: twin.backgrounds,
        covered: () => {
          if (innerWidth <= 1100) return { top: 40, right: 40, bottom: 80, left: 40 };
          const guide = guided(Boolean(twin.demo), who?.role ?? '') && unfolded();
          return { top: 30, right: 70, bottom: 75, left: guide ? 410 : 60 };
        },
      });
      map.current = made;
      if (fine) {
        made.follow();
        setMarkers(made.followIssues(() => ({ heat: heated.current })));
      }
      setReady(made);
      // arrows move the map from the start
      if (document.activeElement === document.body) made.map.getCanvas().focus({ preventScroll: true });
      Object.assign(window, { gridtwin: { map: made.map } });
    });
  }, [twin]);

  useEffect(() => {
    heated.current = Boolean(view.heat);
    markers?.show();
  }, [view.heat, markers]);

  const measure = (mode: 'distance' | 'area') => change({ measured: { mode, points: [] } });
  const endMeasuring = () => setView(({ measured: _, ...now }) => now);
  const acts: Acts = {
    zoomIn: () => map.current?.map.zoomIn(),
    zoomOut: () => map.current?.map.zoomOut(),
    home: () => twin?.bounds && map.current?.fly([0, 0], twin.bounds, true),
    north: () => map.current?.map.resetNorthPitch(),
    pitch: () => map.current?.tilt(),
    measure: () => (view.measured ? endMeasuring() : measure('distance')),
    coordinatesPick: () => turn({ picking: !open.picking }),
    fullscreen: () =>
      document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen(),
    print: () => map.current && turn({ sheet: true, help: false }),
    theme: () => change({ theme: view.theme === 'day' ? 'night' : 'day' }),
    help: () => turn({ help: true }),
    language: () => change({ language: view.language === 'zh' ? 'en' : 'zh' }),
    signOut: () => api.signOut().finally(() => location.reload()),
  };
  const keys: Record<string, () => unknown> = {
    '+': acts.zoomIn,
    '=': acts.zoomIn,
    '-': acts.zoomOut,
    h: acts.home,
    n: acts.north,
    t: acts.pitch,
    d: acts.theme,
    l: () => turn({ layers: !open.layers }),
    m: () => measure('distance'),
    a: () => measure('area'),
    c: acts.coordinatesPick,
    f: acts.fullscreen,
    p: acts.print,
    '?': acts.help,
    Enter: () => map.current?.finishMeasuring(),
    Backspace: () =>
      view.measured && change({ measured: { ...view.measured, points: view.measured.points.slice(0, -1) } }),
    Escape: () => {
      if (open.help || open.sheet) return turn({ help: false, sheet: false });
      if (open.picking) return turn({ picking: false });
      if (view.measured) return endMeasuring();
      select();
    },
  };
  useKeys((key) => {
    const act = who && twin ? keys[key] : undefined;
    // while a sheet is laid out or the help is open, only they listen
    if (!act || ((open.help || open.sheet) && key !== 'Escape')) return false;
    act();
    return true;
  });

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
  const picture = twin.backgrounds.find(({ code }) => code === view.background);
  if (open.sheet && ready) {
    return (
      <Sheet
        t={t}
        view={view}
        twin={twin}
        map={ready}
        attribution={picture?.attribution}
        close={() => turn({ sheet: false })}
      />
    );
  }
  const sees = drawable && !['handler', 'auditor', 'machine', 'worker'].includes(who.role);
  const fly = (centre: LonLat, box: number[] | null) => map.current?.fly(centre, box);
  return (
    <>
      <Header t={t} language={view.language} twin={twin} who={who} acts={acts}>
        <SearchBox
          key={restored}
          api={api}
          t={t}
          language={view.language}
          fly={fly}
          select={select}
          words={view.query ?? ''}
          keep={(query) => change({ query })}
          centre={() => map.current?.map.getCenter().toArray()}
        />
      </Header>
      {!drawable && <p class="notice">{t('noWebgl')}</p>}
      {!twin.bounds && <p class="notice">{t('empty')}</p>}
      {away && <p class="notice">{t('serverAway')}</p>}
      <Tools
        t={t}
        acts={acts}
        pressed={{ measure: Boolean(view.measured) && !open.zones, coordinatesPick: open.picking }}
        bearing={view.camera?.bearing ?? 0}
      />
      {sees && (
        <Zones
          t={t}
          language={view.language}
          map={map}
          draws={['administrator', 'planner', 'dispatcher'].includes(who.role)}
          measured={view.measured}
          draw={(on) => (on ? measure('area') : endMeasuring())}
          open={open.zones}
          setOpen={(zones) => turn({ zones })}
        />
      )}
      {sees && <ReplayPanel t={t} language={view.language} theme={view.theme} map={map} />}
      <LayerPanel
        t={t}
        view={view}
        change={change}
        twin={twin}
        who={who}
        open={open.layers}
        setOpen={(layers) => turn({ layers })}
      />
      {view.measured && !open.zones && (
        <MeasurePanel
          t={t}
          view={view}
          change={change}
          measured={view.measured}
          map={ready}
          close={endMeasuring}
        />
      )}
      {picture?.attribution && <p class="attribution">{picture.attribution}</p>}
      {ready && <Readout api={api} t={t} map={ready} />}
      {guided(twin.demo, who.role) && !view.selection && <Guide language={view.language} />}
      {open.help && <Help t={t} close={() => turn({ help: false })} />}
      {markers && !view.hidden.includes('issues') && (
        <IssueLegend
          markers={markers}
          t={t}
          language={view.language}
          heat={Boolean(view.heat)}
          setHeat={(heat) => change({ heat })}
        />
      )}
      {view.selection?.kind === 'issue' && (
        <IssueCard
          key={view.selection.id}
          id={Number(view.selection.id)}
          t={t}
          language={view.language}
          desk={['administrator', 'dispatcher', 'station_head'].includes(who.role)}
          close={select}
          fly={fly}
        />
      )}
      {view.selection && view.selection.kind !== 'issue' && (
        <Card
          key={`${view.selection.kind}:${view.selection.id}`}
          api={api}
          t={t}
          twin={twin}
          language={view.language}
          gridKind={view.gridKind}
          selection={view.selection}
          select={select}
          fly={fly}
          draw={(track) => map.current?.track(track)}
          found={(at, buildings) => setFound({ at, buildings })}
        />
      )}
    </>
  );
}
