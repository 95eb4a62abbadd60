/** What plays on the wall: somebody's hands, the tour, an alarm, or what another centre sent; who comes after whom. */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { ask } from '../api/client';
import { minuteOf, serviceNow } from '../api/clock';
import { onIssueNews } from '../map/issue_news';
import { read, type Wish, write } from './address';
import type { Issue, IssueList } from './answers';
import { chime } from './chime';
import { useTold } from './sources';

export type Scene = {
  id: number;
  centre: string;
  name: string;
  address: string;
  panels: string[];
  seconds: number;
  begins: string | null;
  ends: string | null;
  photos: boolean;
  position: number;
};
export type Sent = { name: string; area: string; address: string; by: string; at: string };
export type Shown = { address: string; panels: string[] };
export type Interruption = { kind: 'alarm'; issue: Issue } | { kind: 'sent'; sent: Sent };

const ALARM_MS = 60_000;
const SENT_MS = 90_000;
/** Hands stop the tour; when they have been gone so long, it goes on. */
const HANDS_MS = 120_000;
const KNOWN_ALARMS = 500;
const MISSED_MS = 30 * 60_000;
const ALARM_ZOOM = 17;

/** Whether a scene is played, `now` minutes after the day began; hours may go over midnight. */
export function isPlayed({ begins, ends }: Pick<Scene, 'begins' | 'ends'>, now: number): boolean {
  if (!begins && !ends) return true;
  const minutes = (text: string | null, otherwise: number) => {
    const [h = 0, m = 0] = (text ?? '').split(':').map(Number);
    return text ? h * 60 + m : otherwise;
  };
  const [from, to] = [minutes(begins, 0), minutes(ends, 1440)];
  return from <= to ? now >= from && now < to : now >= from || now < to;
}

type Given = {
  language: Wish['language'];
  centre: string | undefined;
  may: boolean;
  wish: { current: Wish };
  panels: { current: string[] };
  show: (shown: Shown) => void;
  busy: boolean;
};

export function useStage({ language, centre, may, wish, panels, show, busy }: Given) {
  const [turn, setTurn] = useState(0);
  const [touring, setTouring] = useState(() => localStorage.getItem('gridtwin.wall.tour') === 'on');
  const [interruption, setInterruption] = useState<Interruption>();
  const [current, setCurrent] = useState<number>();
  const [again, setAgain] = useState(0);
  const waiting = useRef<Interruption[]>([]);
  const before = useRef<Shown>(undefined);
  const hands = useRef(0);
  const known = useRef(new Set<number>());

  const path = may && centre ? `/api/walls/scenes?centre=${centre}` : undefined;
  const scenes = useTold<{ scenes: Scene[] }>(path, language, 60_000, again).value?.scenes ?? [];
  const latest = useRef({ scenes, current, interruption, show, busy });
  latest.current = { scenes, current, interruption, show, busy };

  const interrupt = useCallback((next: Interruption) => {
    if (latest.current.interruption) {
      waiting.current = [...waiting.current, next].slice(-20);
      return;
    }
    before.current ??= { address: write(wish.current), panels: panels.current };
    setInterruption(next);
    latest.current.interruption = next;
    if (next.kind === 'alarm') {
      const { lon, lat } = next.issue;
      const camera = { zoom: ALARM_ZOOM, lat, lon, bearing: -18, pitch: 50 };
      latest.current.show({ address: write({ ...wish.current, camera }), panels: panels.current });
      chime();
    } else latest.current.show({ address: next.sent.address, panels: panels.current });
  }, []);

  /** Ends an interruption: the next that waits, or back to where the screen was. */
  const back = useCallback(() => {
    setInterruption(undefined);
    latest.current.interruption = undefined;
    const next = waiting.current.shift();
    if (next) return interrupt(next);
    if (before.current) latest.current.show(before.current);
    before.current = undefined;
  }, [interrupt]);

  useEffect(() => {
    if (!interruption) return;
    const timer = setTimeout(back, interruption.kind === 'alarm' ? ALARM_MS : SENT_MS);
    return () => clearTimeout(timer);
  }, [interruption, back]);

  useEffect(() => {
    const raise = (id: number) => {
      if (known.current.has(id)) return;
      known.current.add(id);
      if (known.current.size > KNOWN_ALARMS) known.current.delete([...known.current][0] as number);
      ask<Issue>(`/api/issues/${id}`, language).then(
        (issue) => issue.state === '待处理' && interrupt({ kind: 'alarm', issue }),
        () => {},
      );
    };
    return onIssueNews((issues) => {
      setTurn((now) => now + 1);
      for (const { id, urgent, state } of issues ?? []) if (urgent && state === '待处理') raise(id);
      if (issues) return;
      // the connection was away: what came meanwhile is still urgent
      const since = encodeURIComponent(new Date(serviceNow() - MISSED_MS).toISOString());
      ask<IssueList>(`/api/issues?limit=100&since=${since}`, language).then(
        ({ features }) => {
          for (const { id, properties: one } of features) if (one.urgent && one.state === '待处理') raise(id);
        },
        () => {},
      );
    });
  }, [interrupt, language]);

  useEffect(() => {
    const touched = () => {
      hands.current = Date.now();
    };
    for (const kind of ['pointerdown', 'keydown', 'wheel'] as const)
      addEventListener(kind, touched, { passive: true });
    return () => {
      for (const kind of ['pointerdown', 'keydown', 'wheel'] as const) removeEventListener(kind, touched);
    };
  }, []);

  // the tour: one timer, which looks once a second what is due
  useEffect(() => {
    localStorage.setItem('gridtwin.wall.tour', touring ? 'on' : 'off');
    if (!touring) return setCurrent(undefined);
    let due = 0;
    const look = () => {
      const { scenes: list, current: at, interruption: held, show: play, busy: held2 } = latest.current;
      const now = Date.now();
      if (held || held2 || now < due || now - hands.current < HANDS_MS) return;
      const played = list.filter((one) => isPlayed(one, minuteOf(serviceNow())));
      if (!played.length) return;
      const next = played[(played.findIndex((one) => one.id === at) + 1) % played.length] as Scene;
      due = now + next.seconds * 1000;
      latest.current.current = next.id;
      setCurrent(next.id);
      play({ address: next.address, panels: next.panels });
    };
    hands.current = 0;
    look();
    const timer = setInterval(look, 1000);
    return () => clearInterval(timer);
  }, [touring, scenes.length]);

  return {
    turn,
    scenes,
    touring,
    setTouring,
    current,
    interruption,
    interrupt,
    back,
    reread: () => setAgain((now) => now + 1),
    quiet: () => !latest.current.interruption && !latest.current.busy && Date.now() - hands.current > 60_000,
  };
}

export type Stage = ReturnType<typeof useStage>;

/** The part of a kept address that a scene sets; theme and language stay as they are on this wall. */
export function partOf(address: string): Partial<Wish> {
  const { place, camera, hidden, gridKind, heat } = read(address);
  return { place, camera, hidden, gridKind, heat };
}
