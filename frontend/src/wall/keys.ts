/** The wall by keyboard: up, down, beside; theme, language, full screen. */
import { useEffect, useRef } from 'preact/hooks';
import type { Place, Wish } from './address';
import type { Here } from './context';
import { type Child, wayTo } from './way';

const FIELDS = 'input, select, textarea, [contenteditable]';

export function fullScreen(): void {
  if (document.fullscreenElement) void document.exitFullscreen();
  else void document.documentElement.requestFullscreen().catch(() => {});
}

/** One level up from the place on the screen; undefined at the top. */
export function above(here: Here): Place | undefined {
  const { place, area } = here;
  if (place?.kind === 'building') {
    if (place.household) return { kind: 'building', id: place.id, floor: place.floor ?? '' };
    if (place.floor) return { kind: 'building', id: place.id };
    if (here.grid) return { kind: 'grid', id: here.grid };
  }
  if (place && place.kind !== 'area') return area && { kind: 'area', id: area.code };
  const parent = wayTo(here, area?.code).at(-2);
  return parent && { kind: 'area', id: parent.code };
}

function up(here: Here): void {
  const to = above(here);
  if (to) here.go(to);
}

export function useKeys(here: Here, below: Child[], change: (part: Partial<Wish>) => void, wish: Wish): void {
  const latest = useRef({ here, below, change, wish });
  latest.current = { here, below, change, wish };
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      const on = event.target instanceof Element ? event.target : undefined;
      if (event.ctrlKey || event.metaKey || event.altKey || on?.closest(FIELDS)) return;
      const { here, below, change, wish } = latest.current;
      const mapFocused = on?.closest('.maplibregl-canvas-container');
      const acts: Record<string, () => void> = {
        Escape: () => (here.drawn ? here.open(undefined) : up(here)),
        Backspace: () => up(here),
        '[': () => beside(here, -1),
        ']': () => beside(here, 1),
        t: () => change({ theme: wish.theme === 'day' ? 'night' : 'day' }),
        l: () => change({ language: wish.language === 'zh' ? 'en' : 'zh' }),
        f: fullScreen,
      };
      for (let n = 1; n <= 9; n++) {
        const child = below[n - 1];
        if (child) acts[String(n)] = () => here.go(child.place, child.box);
      }
      const act = acts[event.key];
      if (!act || (mapFocused && event.key.startsWith('Arrow'))) return;
      event.preventDefault();
      act();
    };
    addEventListener('keydown', pressed);
    return () => removeEventListener('keydown', pressed);
  }, []);
}

/** The next or the former area of the same level. */
function beside(here: Here, by: number): void {
  const { area, areas } = here;
  const level = areas.filter((one) => one.level === area?.level);
  const at = level.findIndex((one) => one.code === area?.code);
  const other = level[(at + by + level.length) % level.length];
  if (other && other.code !== area?.code) here.go({ kind: 'area', id: other.code });
}
