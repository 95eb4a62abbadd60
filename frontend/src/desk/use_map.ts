/** The desk's map: made once, with the markers in step with the list, and what is open beside the panels. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Twin, Who } from '../api/client';
import type { Issue } from '../issues/api';
import type { IssueMarkers } from '../map/issues';
import type { Box, TwinMap } from '../map/map';
import type { AreaName } from '../planner/api';
import type { View } from '../url';
import type { Filter } from './address';
import { workerPicked } from './picked';

const LIST_WIDTH = 400;
const DETAIL_WIDTH = 460;

type Given = {
  map: { current: TwinMap | null };
  who: Who | null | undefined;
  twin: Twin | undefined;
  view: View;
  /** Whether something is open on the right. */
  right: boolean;
  marked: number | undefined;
  heat: boolean;
  filter: Filter;
  wish: string;
  issues: Issue[] | undefined;
  /** Whether the list is complete. */
  whole: boolean;
  areas: AreaName[];
  open: (id: number) => void;
  moved: (camera: View['camera']) => void;
};

export function useDeskMap(given: Given) {
  const { map, who, twin, view, right, marked, heat, filter, wish, issues, whole, areas, open, moved } =
    given;
  const [markers, setMarkers] = useState<IssueMarkers>();
  const heated = useRef(heat);
  /** Where an issue lies that was opened before there was a map: a link to one. */
  const wanted = useRef<[number, number]>(null);
  const opened = useRef(right);
  opened.current = right;
  const makeRoom = () => {
    if (innerWidth <= 900) return;
    const beside = opened.current ? DETAIL_WIDTH : 0;
    map.current?.map.setPadding({ left: LIST_WIDTH, top: 0, right: beside, bottom: 0 });
  };
  useEffect(() => {
    if (!twin || !who || map.current) return;
    import('../map/map').then(({ TwinMap, canDraw }) => {
      if (!canDraw() || map.current) return;
      const container = document.getElementById('map') as HTMLElement;
      const made = new TwinMap(container, view, twin.bounds as Box | null, {
        picked: (selection) => {
          if (selection?.kind === 'issue') open(Number(selection.id));
          if (selection?.kind === 'worker') workerPicked(String(selection.id));
        },
        moved: (camera) => {
          moved(camera);
        },
      });
      map.current = made;
      makeRoom();
      if (!view.camera && wanted.current) made.fly(wanted.current, null);
      else if (!view.camera && twin.bounds) made.fly([0, 0], twin.bounds);
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
    markers.give(whole ? issues : undefined);
  }, [markers, issues, whole, areas, wish]);
  useEffect(() => {
    markers?.select(marked);
  }, [markers, marked]);
  useEffect(makeRoom, [right]);
  const show = (issue: Pick<Issue, 'lon' | 'lat'>) => {
    const drawn = map.current?.map;
    if (!drawn) {
      wanted.current = [issue.lon, issue.lat];
      return;
    }
    const { x, y } = drawn.project([issue.lon, issue.lat]);
    const edge = innerWidth - (right ? DETAIL_WIDTH : 0);
    const inside = x > LIST_WIDTH + 40 && x < edge - 40 && y > 60 && y < innerHeight - 40;
    if (!inside || drawn.getZoom() < 15.5) map.current?.fly([issue.lon, issue.lat], null);
  };
  return { markers, show };
}
