/** What the panels show: asked again and again, with the moment of each answer, so that nothing old looks new. */
import { useEffect, useState } from 'preact/hooks';
import { ask, Problem } from '../api/client';
import { serviceNow } from '../api/clock';
import type { Language } from '../i18n/catalogue';

export type Told<T> = {
  value?: T;
  /** When the value was answered, ms since 1970. */
  at?: number;
  /** Since when the service hasn't answered any more. */
  awaySince?: number;
  /** The service's refusal: no right, or nothing there. */
  refused?: Problem;
};

const SLOWEST_MS = 60_000;
const PATIENCE_MS = 20_000;

type Listener = () => void;

/** Whether the service answers at all, over all questions: the one truth that the title bar tells. */
export class Pulse {
  /** The last answer of any question. */
  heard = 0;
  /** Since when questions have failed; undefined while they are answered. */
  awaySince: number | undefined;
  signedOut = false;
  private readonly listeners = new Set<Listener>();

  answered(): void {
    this.heard = serviceNow();
    if (this.awaySince !== undefined) this.set(undefined);
  }

  failed(): void {
    if (this.awaySince === undefined) this.set(this.heard || serviceNow());
  }

  refused(status: number): void {
    this.answered();
    if (status !== 401 || this.signedOut) return;
    this.signedOut = true;
    this.tell();
  }

  hear(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private set(since: number | undefined): void {
    this.awaySince = since;
    this.tell();
  }

  private tell(): void {
    for (const listener of this.listeners) listener();
  }
}

export const pulse = new Pulse();

/** Asks one question every so often while somebody looks at it; failures are tried again, ever more slowly. */
export function useTold<T>(path: string | undefined, language: Language, everyMs: number, turn = 0): Told<T> {
  const [told, setTold] = useState<Told<T> & { path?: string }>({});
  useEffect(() => {
    if (!path) return setTold({});
    let timer: ReturnType<typeof setTimeout> | undefined;
    let given: AbortController | undefined;
    let pause = 1000;
    let ended = false;
    const once = () => {
      const patience = new AbortController();
      given = patience;
      const limit = setTimeout(() => patience.abort(), PATIENCE_MS);
      ask<T>(path, language, { signal: patience.signal })
        .then(
          (value) => {
            pause = 1000;
            pulse.answered();
            if (!ended) setTold({ value, at: serviceNow(), path });
            return everyMs;
          },
          (error: unknown) => {
            if (ended) return everyMs;
            const known = error instanceof Problem && error.status < 500 && error.status !== 429;
            if (known) {
              pulse.refused(error.status);
              setTold({ refused: error, path });
              return Math.max(everyMs, 30_000);
            }
            pulse.failed();
            setTold((now) => ({ ...now, awaySince: now.awaySince ?? now.at ?? serviceNow() }));
            pause = Math.min(SLOWEST_MS, pause * 2);
            return Math.min(pause, everyMs);
          },
        )
        .then((wait) => {
          clearTimeout(limit);
          // not all walls of a city at once, after a restart
          if (!ended) timer = setTimeout(once, wait * (0.9 + Math.random() * 0.2));
        });
    };
    once();
    const wake = () => {
      if (document.visibilityState !== 'visible') return;
      clearTimeout(timer);
      given?.abort();
      once();
    };
    addEventListener('online', wake);
    return () => {
      ended = true;
      clearTimeout(timer);
      given?.abort();
      removeEventListener('online', wake);
    };
  }, [path, language, everyMs, turn]);
  // the answer for another place is none for this one
  return told.path === path || (told.awaySince !== undefined && told.path === undefined) ? told : {};
}
