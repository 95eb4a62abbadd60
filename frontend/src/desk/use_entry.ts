/** Who works at the desk, and what doesn't change while they do: the twin, its areas, the classes of issues. */
import { useEffect, useState } from 'preact/hooks';
import { Problem, type service, type Twin, type Who } from '../api/client';
import type { IssueClass, IssueService } from '../issues/api';
import type { AreaName } from '../planner/api';

const RETRY_MS = 3000;

/** `who` is undefined until it is known, null when nobody is signed in. */
export function useEntry(api: ReturnType<typeof service>, desk: IssueService) {
  const [who, setWho] = useState<Who | null>();
  const [twin, setTwin] = useState<Twin>();
  const [away, setAway] = useState(false);
  const [classes, setClasses] = useState<IssueClass[]>([]);
  const [areas, setAreas] = useState<AreaName[]>([]);
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
  return { who, setWho, twin, classes, areas, away, setAway };
}
