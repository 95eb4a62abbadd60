/** The wall's heartbeat: says that it is alive and how it looks, hears what was sent and when the pages are new. */
import { useEffect, useRef } from 'preact/hooks';
import { ask } from '../api/client';
import { setClock } from '../api/clock';
import { picture } from './picture';
import type { Screen } from './screen';
import { pulse } from './sources';
import type { Sent, Stage } from './stage';

const BEAT_MS = 10_000;
const PICTURE_MS = 60_000;
const NAME = 'gridtwin.wall.screen';
const PICTURE_WIDTH = 480;

type Answer = { pages: string; now: string; sent: Sent | null };
type Memory = { memory?: { usedJSHeapSize: number } };

/** The name that this browser drew for itself; kept, so that operators see one screen and not many. */
export function screenName(): string {
  let name = localStorage.getItem(NAME);
  if (!name || name.length < 8) {
    name = crypto.randomUUID?.() ?? `${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 12)}`;
    localStorage.setItem(NAME, name);
  }
  return name;
}

/** Frames in a second, counted over one. */
function frameRate(): Promise<number> {
  return new Promise((done) => {
    if (document.visibilityState !== 'visible') return done(0);
    const began = performance.now();
    let frames = 0;
    const next = () => {
      frames++;
      const past = performance.now() - began;
      if (past < 1000) requestAnimationFrame(next);
      else done(Math.round((frames / past) * 10_000) / 10);
    };
    requestAnimationFrame(next);
  });
}

type Given = {
  may: boolean;
  live: boolean;
  place: string;
  screen: { current: Screen | undefined };
  stage: Stage;
};

export function useBeat(given: Given): void {
  const latest = useRef(given);
  latest.current = given;
  useEffect(() => {
    if (!given.may) return;
    let ended = false;
    let timer: ReturnType<typeof setTimeout>;
    let pages: string | undefined;
    let pictured = 0;
    let delay: number | null = null;
    const once = async () => {
      const { live, place, screen, stage } = latest.current;
      const due = Date.now() - pictured > PICTURE_MS;
      const said = {
        screen: screenName(),
        version: pages ?? '',
        frame_rate: await frameRate(),
        delay_ms: delay,
        live,
        webgl: screen.current !== undefined,
        memory_mb: Math.round(((performance as Memory).memory?.usedJSHeapSize ?? 0) / 1e6) || null,
        width: innerWidth,
        height: innerHeight,
        browser: navigator.userAgent.slice(0, 200),
        place,
        picture: due ? picture(PICTURE_WIDTH, screen.current) : null,
      };
      const asked = performance.now();
      try {
        const answer = await ask<Answer>('/api/walls/beat', 'zh', {
          method: 'POST',
          body: JSON.stringify(said),
        });
        delay = Math.round(performance.now() - asked);
        pulse.answered();
        setClock(answer.now);
        if (due) pictured = Date.now();
        pages ??= answer.pages;
        if (answer.sent) stage.interrupt({ kind: 'sent', sent: answer.sent });
        // a new version of the pages is taken when nobody is in the middle of something
        if (answer.pages && answer.pages !== pages && stage.quiet()) location.reload();
      } catch {
        delay = null;
      }
      if (!ended) timer = setTimeout(() => void once(), BEAT_MS);
    };
    timer = setTimeout(() => void once(), 3000);
    return () => {
      ended = true;
      clearTimeout(timer);
    };
  }, [given.may]);
}
