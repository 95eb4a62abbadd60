/** The title bar: where we are, whether this is live, and what time it is. */
import { useEffect, useState } from 'preact/hooks';
import { serviceNow } from '../api/clock';
import type { Here } from './context';
import { day, hour } from './saying';

type Props = { here: Here; title: string; awaySince: number | undefined; past: boolean };

export function Top({ here, title, awaySince, past }: Props) {
  const { say, language, twin } = here;
  const [now, setNow] = useState(serviceNow);
  useEffect(() => {
    const timer = setInterval(() => setNow(serviceNow()), 1000);
    return () => clearInterval(timer);
  }, []);
  return (
    <header class="wl-top">
      <h1>
        {title}
        {twin.demo && <small title={say('demoWhy')}>{say('demo')}</small>}
      </h1>
      <p class="wl-live" role="status" data-live={awaySince === undefined && !past}>
        <i aria-hidden="true" />
        {awaySince !== undefined
          ? say('wlNotLive', { time: hour(awaySince, language) })
          : say(past ? 'wlInPast' : 'wlLive')}
      </p>
      <p class="wl-date">{day(now, language)}</p>
      <time class="wl-clock" dateTime={new Date(now).toISOString()}>
        {hour(now, language, true)}
      </time>
    </header>
  );
}
