/** The planner's page: importing a file step by step, what was imported, and files to take away. */
import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { Problem, service, type Twin, type Who } from '../api/client';
import { type Key, say } from '../i18n/catalogue';
import type { Box, TwinMap } from '../map/map';
import { SignIn } from '../panels/signin';
import { read, type View, write } from '../url';
import { type AreaName, imports, type Outline } from './api';
import { Exports } from './exports';
import { History } from './history';
import { Import } from './import';
import { Overlay } from './overlay';

const RETRY_MS = 3000;
const TABS = ['import', 'history', 'export'] as const;
const TITLES: Record<(typeof TABS)[number], Key> = {
  import: 'plImport',
  history: 'plHistory',
  export: 'plExport',
};

export function Planner() {
  const [view, setView] = useState<View>(() => read(location.hash));
  const [who, setWho] = useState<Who | null>();
  const [twin, setTwin] = useState<Twin>();
  const [outline, setOutline] = useState<Outline | null>();
  const [areas, setAreas] = useState<AreaName[]>([]);
  const [away, setAway] = useState(false);
  const [tab, setTab] = useState<(typeof TABS)[number]>('import');
  const [overlay, setOverlay] = useState<Overlay>();
  const map = useRef<TwinMap>(null);
  const t = useCallback((key: Key) => say(key, view.language), [view.language]);
  const api = useMemo(() => service(view.language), [view.language]);
  const desk = useMemo(() => imports(view.language), [view.language]);
  const change = useCallback((part: Partial<View>) => setView((now) => ({ ...now, ...part })), []);

  useEffect(() => {
    document.documentElement.lang = view.language === 'zh' ? 'zh-CN' : 'en';
    document.documentElement.dataset.theme = view.theme;
    document.title = `${t('plTitle')} · gridtwin`;
    history.replaceState(null, '', write(view));
    map.current?.show(view);
  }, [view, t]);

  const refresh = useCallback(
    () =>
      desk.outline().then(setOutline, (error: unknown) => {
        if (error instanceof Problem && error.status === 403) setOutline(null);
        else setAway(true);
      }),
    [desk],
  );

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const enter = () => {
      Promise.all([api.who(), api.twin(), desk.areas()]).then(
        ([person, shown, listed]) => {
          setAway(false);
          setWho(person);
          setTwin(shown);
          setAreas(listed.areas);
          refresh();
        },
        (error: unknown) => {
          if (error instanceof Problem && error.status === 401) return setWho(null);
          setAway(true);
          timer = setTimeout(enter, RETRY_MS);
        },
      );
    };
    if (who === undefined) enter();
    return () => clearTimeout(timer);
  }, [who, api, desk, refresh]);

  useEffect(() => {
    if (!twin || map.current) return;
    import('../map/map').then(({ TwinMap, canDraw }) => {
      if (!canDraw()) return;
      const container = document.getElementById('map') as HTMLElement;
      const made = new TwinMap(container, view, twin.bounds as Box | null, {
        picked: () => {},
        moved: (camera) => change({ camera }),
      });
      map.current = made;
      if (innerWidth > 900) made.map.setPadding({ left: 500, top: 0, right: 0, bottom: 0 });
      if (!view.camera && twin.bounds) made.fly([0, 0], twin.bounds);
      setOverlay(new Overlay(made.map));
      Object.assign(window, { gridtwin: { map: made.map } });
    });
  }, [twin]);

  if (who === null) {
    const signed = () => setWho(undefined);
    const setLanguage = (language: View['language']) => change({ language });
    return <SignIn api={api} t={t} done={signed} language={view.language} setLanguage={setLanguage} />;
  }
  if (!twin || !who || outline === undefined) {
    return <p class="notice">{away ? t('serverAway') : ''}</p>;
  }
  const fly = (centre: [number, number], box: number[] | null) => map.current?.fly(centre, box);
  return (
    <main class="panel planner">
      <header>
        <h1>{t('plTitle')}</h1>
        <nav aria-label={who.display_name}>
          <a href={`/${write({ ...view, selection: undefined })}`}>{t('plToMap')}</a>
          <button
            type="button"
            class="quiet"
            onClick={() => change({ theme: view.theme === 'day' ? 'night' : 'day' })}
          >
            {t('theme')}
          </button>
          <button
            type="button"
            class="quiet"
            onClick={() => change({ language: view.language === 'zh' ? 'en' : 'zh' })}
          >
            {t('language')}
          </button>
        </nav>
        {outline && (
          <div role="tablist" class="tabs" aria-label={t('plTitle')}>
            {TABS.map((name) => (
              <button
                type="button"
                role="tab"
                id={`tab-${name}`}
                aria-controls="tabpanel"
                key={name}
                aria-selected={tab === name}
                onClick={() => setTab(name)}
              >
                {t(TITLES[name])}
              </button>
            ))}
          </div>
        )}
      </header>
      {!outline && (
        <section class="nothing">
          <p role="alert">{t('plNotAllowed')}</p>
          <p class="soft">
            {who.display_name}（{who.username}）
          </p>
        </section>
      )}
      {outline && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable by keyboard
        <div id="tabpanel" role="tabpanel" aria-labelledby={`tab-${tab}`} class="scroll" tabIndex={0}>
          <div hidden={tab !== 'import'}>
            <Import
              t={t}
              language={view.language}
              desk={desk}
              outline={outline}
              twin={twin}
              areas={areas}
              overlay={overlay}
              fly={fly}
              imported={() => {
                overlay?.refresh();
                refresh();
              }}
            />
          </div>
          {tab === 'history' && (
            <History
              t={t}
              language={view.language}
              desk={desk}
              runs={outline.imports}
              changed={() => {
                overlay?.refresh();
                refresh();
              }}
            />
          )}
          {tab === 'export' && (
            <Exports t={t} kinds={outline.kinds} areas={areas} twin={twin} language={view.language} />
          )}
        </div>
      )}
      {away && <p class="notice">{t('serverAway')}</p>}
    </main>
  );
}
