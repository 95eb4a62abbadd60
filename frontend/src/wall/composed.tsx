/** The composed screen: the map in the middle, at the sides what a duty officer asks. */
import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { ask, type BuildingCard, type GridCard, type Service } from '../api/client';
import { dayOf, serviceNow } from '../api/clock';
import { SearchBox } from '../panels/search';
import type { Selection } from '../url';
import type { Place, Wish } from './address';
import { Interrupted } from './alarm';
import { useAlive } from './alive';
import { useBeat } from './beat';
import { BuildingPanel } from './building';
import type { Here, Rows } from './context';
import { CoveragePanel } from './coverage';
import { Drawer } from './drawer';
import { IssueCard } from './issue';
import { IssueStates, Recent } from './issues';
import { useKeys } from './keys';
import { light } from './light';
import { Overview } from './overview';
import { ReplayBar } from './replay';
import { speaker } from './saying';
import { Scenes } from './scenes';
import type { Screen, Under } from './screen';
import { useTold } from './sources';
import { partOf, type Shown, useStage } from './stage';
import { Quality, Trend, useStatistics } from './statistics';
import { type Tool, Tools } from './tools';
import { Top } from './top';
import type { Known } from './wall';
import { Below, useChildren, Way } from './way';
import { WorkersPanel } from './workers';
import { ZonePanel } from './zoned';

type Props = { known: Known; wish: Wish; change: (part: Partial<Wish>) => void; api: Service };

const MINUTE = 60_000;
const SELDOM_MS = 5 * MINUTE;

export function Composed({ known, wish, change, api }: Props) {
  const { twin, areas, who } = known;
  const { language, place } = wish;
  const say = useMemo(() => speaker(language), [language]);
  const screen = useRef<Screen>(undefined);
  const [drawable, setDrawable] = useState(true);
  const [lost, setLost] = useState(false);
  const [rows, open] = useState<Rows>();
  const [tool, turnTo] = useState<Tool>(wish.replay ? 'replay' : undefined);
  const [issue, setIssue] = useState<number>();
  const [panels, setPanels] = useState<string[]>([]);
  const now = useMinute();
  const setTool = useCallback(
    (to: Tool) => {
      turnTo(to);
      change({ replay: to === 'replay' ? dayOf(serviceNow()) : undefined });
    },
    [change],
  );
  const { awaySince, connected } = useAlive(screen);
  const follows = !['handler', 'auditor', 'machine'].includes(who.role);

  const grid = useTold<GridCard>(
    place?.kind === 'grid' ? `/api/grids/${place.id}` : undefined,
    language,
    SELDOM_MS,
  );
  const building = useTold<BuildingCard>(
    place?.kind === 'building' ? `/api/buildings/${place.id}` : undefined,
    language,
    SELDOM_MS,
  );
  const code =
    place?.kind === 'area'
      ? place.id
      : (grid.value?.ancestors.at(-1)?.code ?? building.value?.ancestors.at(-1)?.code);
  const roots = areas.filter((one) => one.parent === null);
  // while the card of a grid or building is on its way, the panels stay with the area that they had
  const lastArea = useRef(roots[0]);
  const area =
    areas.find((one) => one.code === code) ?? (place && place.kind !== 'area' ? lastArea.current : roots[0]);
  lastArea.current = area;

  const fly = useCallback(
    (centre: [number, number], box?: number[]) => screen.current?.fly(centre, box ?? null),
    [],
  );
  const go = useCallback(
    (to: Place | undefined, box?: number[]) => {
      change({ place: to });
      const there = box ? Promise.resolve(box) : boxOf(to, language, twin.bounds);
      there.then(
        (found) => found && fly(centreOf(found), found),
        () => {},
      );
    },
    [change, fly, language, twin.bounds],
  );
  const here: Here = {
    say,
    language,
    twin,
    areas,
    area,
    place,
    gridKind: wish.gridKind,
    now,
    go,
    fly,
    open,
    see: (id, at) => {
      setTool(undefined);
      setIssue(id);
      fly(at);
    },
    drawn: rows !== undefined,
    grid: place?.kind === 'grid' ? place.id : building.value?.grid && String(building.value.grid.id),
  };
  const below = useChildren(here);
  const latest = useRef({ here, tool, wish, panels });
  latest.current = { here, tool, wish, panels };
  const wished = useRef(wish);
  wished.current = wish;
  const hidden = useRef(panels);
  hidden.current = panels;

  const show = useCallback(
    ({ address, panels: without }: Shown) => {
      const part = partOf(address);
      change(part);
      setPanels(without);
      open(undefined);
      const { camera } = part;
      if (camera) screen.current?.look(camera);
      else if (part.place) go(part.place);
    },
    [change, go],
  );
  const centre = roots[0]?.code;
  const may = ['administrator', 'planner', 'dispatcher', 'station_head', 'viewer'].includes(who.role);
  const busy = rows !== undefined || tool === 'zone' || tool === 'replay' || tool === 'scenes';
  const stage = useStage({ language, centre, may, wish: wished, panels: hidden, show, busy });
  useBeat({ may, live: awaySince === undefined, place: area?.name ?? '', screen, stage });
  const statistics = useStatistics(here, stage.turn);
  // visitors read walls: a wall that was opened by its link shows photos only in scenes that allow it
  const photos = who.via !== 'wall' || stage.scenes.some((one) => one.id === stage.current && one.photos);
  const off = (panel: string) => panels.includes(panel);

  useEffect(
    () => screen.current?.show(tool === 'replay' ? { ...wish, hidden: [...wish.hidden, 'workers'] } : wish),
    [wish, tool],
  );

  // the map is made once, for the page's life
  useEffect(() => {
    let ended = false;
    import('./screen').then(({ Screen, canDraw }) => {
      if (ended || screen.current) return;
      if (!canDraw()) return setDrawable(false);
      const container = document.getElementById('map') as HTMLElement;
      const made = new Screen(container, wish, twin.bounds, follows, {
        clicked: (under) => {
          const now = latest.current;
          if (under.issue && now.tool !== 'zone') return setIssue(under.issue);
          const to = now.tool === 'zone' ? undefined : step(now.here, under);
          if (to) now.here.go(to);
        },
        moved: (camera) => change({ camera }),
        lost: setLost,
        connected,
      });
      screen.current = made;
      made.show(wish);
      Object.assign(window, { gridtwin: { map: made.twin.map, screen: made } });
      if (place && !wish.camera) go(place);
      made.twin.map.on('style.load', () => light(made.twin.map, serviceNow()));
    });
    return () => {
      ended = true;
    };
  }, []);

  useEffect(() => {
    if (tool !== 'replay' && screen.current) light(screen.current.twin.map, serviceNow());
  }, [Math.floor(now / SELDOM_MS), tool]);

  useKeys(here, below, change, wish);

  const select = (selection?: Selection) => {
    if (selection && ['area', 'grid', 'building'].includes(selection.kind))
      change({ place: { kind: selection.kind as Place['kind'], id: selection.id } });
  };
  const title = area?.name ?? (twin.title || say('title'));
  return (
    <div class="wl" data-drawer={rows !== undefined}>
      <Top
        here={here}
        title={roots[0] && roots.length === 1 ? roots[0].name : twin.title || title}
        awaySince={awaySince}
        past={tool === 'replay'}
      />
      <div class="wl-side wl-left">
        {place?.kind === 'building' ? (
          <BuildingPanel here={here} told={building} />
        ) : (
          !off('overview') && <Overview here={here} />
        )}
        {!off('issues') && <IssueStates here={here} turn={stage.turn} statistics={statistics} />}
        {!off('quality') && <Quality here={here} told={statistics} />}
        {!off('trend') && <Trend here={here} told={statistics} />}
      </div>
      <main class="wl-map" aria-label={say('wlMap')}>
        <div class="wl-over">
          <Way here={here} beyond={{ grid: grid.value, building: building.value }} />
          <SearchBox
            api={api}
            t={(key) => say(key)}
            language={language}
            fly={(centre, box) => fly(centre, box ?? undefined)}
            select={select}
          />
        </div>
        <div id="map" data-stale={awaySince !== undefined} />
        {!drawable && <p class="wl-nomap">{say('wlNoWebgl')}</p>}
        {lost && (
          <p class="wl-nomap" role="status">
            {say('wlContextLost')}
          </p>
        )}
        <Tools
          here={here}
          wish={wish}
          change={change}
          screen={screen}
          drawable={drawable}
          tool={tool}
          setTool={setTool}
          panels={panels}
          setPanels={setPanels}
          stage={stage}
        />
        {tool === 'scenes' && may && (
          <Scenes
            here={here}
            stage={stage}
            wish={wish}
            panels={panels}
            centre={centre}
            mayPhotos={who.via !== 'wall'}
          />
        )}
        {tool === 'zone' && screen.current && (
          <ZonePanel here={here} screen={screen.current} close={() => setTool(undefined)} />
        )}
        {tool === 'replay' && screen.current && (
          <ReplayBar
            here={here}
            screen={screen.current}
            theme={wish.theme}
            date={wish.replay ?? dayOf(serviceNow())}
            setDate={(replay) => change({ replay })}
            close={() => setTool(undefined)}
          />
        )}
        {issue !== undefined && tool === undefined && (
          <IssueCard
            here={here}
            id={issue}
            turn={stage.turn}
            photos={photos}
            close={() => setIssue(undefined)}
          />
        )}
        <Interrupted here={here} stage={stage} photos={photos} />
        {(twin.approval || twin.source) && (
          <p class="wl-approval">
            {[
              twin.approval && `${say('wlApproval')} ${twin.approval}`,
              twin.source && `${say('wlSource')} ${twin.source}`,
            ]
              .filter(Boolean)
              .join(' · ')}
            <small>{say('wlApprovalWord')}</small>
          </p>
        )}
        <Below here={here} below={below} />
      </main>
      <div class="wl-side wl-right">
        {follows && !off('workers') && <WorkersPanel here={here} />}
        {follows && !off('coverage') && <CoveragePanel here={here} />}
        {!off('recent') && <Recent here={here} turn={stage.turn} photos={photos} />}
      </div>
      {rows && <Drawer here={here} rows={rows} />}
    </div>
  );
}

/** One step down towards what was clicked: never further than the next level. */
function step(here: Here, under: Under): Place | undefined {
  if (under.worker) return undefined;
  const path = here.areas.find((one) => one.code === under.area)?.path.split('.') ?? [];
  const at = path.indexOf(here.area?.code ?? '');
  const { place, area } = here;
  const grid: Place | undefined = under.grid ? { kind: 'grid', id: under.grid } : undefined;
  if (place?.kind === 'building' || place?.kind === 'grid') {
    const inside = place.kind === 'building' || under.grid === place.id;
    if (inside && under.building) return { kind: 'building', id: under.building };
    return under.grid === place.id ? undefined : grid;
  }
  if (at >= 0 && at < path.length - 1) return { kind: 'area', id: path[at + 1] as string };
  if (at >= 0) return grid;
  // beside the area on the screen: its neighbour of the same level
  const beside = here.areas.find((one) => one.level === area?.level && path.includes(one.code));
  return beside && { kind: 'area', id: beside.code };
}

async function boxOf(
  place: Place | undefined,
  language: string,
  bounds: number[] | null,
): Promise<number[] | null> {
  if (!place) return bounds;
  if (place.kind === 'area')
    return (await ask<{ properties: { bbox: number[] } }>(`/api/areas/${place.id}`, language)).properties
      .bbox;
  if (place.kind === 'grid') return (await ask<GridCard>(`/api/grids/${place.id}`, language)).bbox;
  return (await ask<BuildingCard>(`/api/buildings/${place.id}`, language)).bbox;
}

function centreOf([west = 0, south = 0, east = 0, north = 0]: number[]): [number, number] {
  return [(west + east) / 2, (south + north) / 2];
}

/** The minute that it is. */
function useMinute(): number {
  const [now, setNow] = useState(serviceNow);
  useEffect(() => {
    const timer = setInterval(() => setNow(serviceNow()), MINUTE / 4);
    return () => clearInterval(timer);
  }, []);
  return now;
}
