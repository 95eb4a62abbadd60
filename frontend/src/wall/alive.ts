/** Whether what is on the screen is live, and since when not: the service's answers and the live connection together. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { serviceNow } from '../api/clock';
import type { Screen } from './screen';
import { pulse } from './sources';

const LOOK_MS = 5000;
/** A connection that is made anew within this time was never gone for those who look. */
const GRACE_MS = 8000;
const SLEPT_MS = 30_000;

type Alive = { awaySince: number | undefined; connected: (up: boolean) => void };

export function useAlive(screen: { current: Screen | undefined }): Alive {
  const [awaySince, setAwaySince] = useState<number>();
  const downSince = useRef<number>(undefined);
  const look = useRef(() => {});
  const connected = useRef((up: boolean) => {
    downSince.current = up ? undefined : (downSince.current ?? serviceNow());
    look.current();
  });

  useEffect(() => {
    let last = Date.now();
    let wasAway = false;
    look.current = () => {
      const now = Date.now();
      const down = downSince.current !== undefined && serviceNow() - downSince.current > GRACE_MS;
      const since = [pulse.awaySince, down ? downSince.current : undefined].filter((at) => at !== undefined);
      setAwaySince(since.length ? Math.min(...since) : undefined);
      // after sleep, or when the network is back, a connection may be open in name only
      const back = wasAway && pulse.awaySince === undefined;
      wasAway = pulse.awaySince !== undefined;
      if (now - last > SLEPT_MS) dispatchEvent(new Event('online'));
      if (now - last > SLEPT_MS || back) screen.current?.reconnect();
      last = now;
    };
    const timer = setInterval(() => look.current(), LOOK_MS);
    const deaf = pulse.hear(() => look.current());
    return () => {
      clearInterval(timer);
      deaf();
    };
  }, [screen]);
  return { awaySince, connected: connected.current };
}
