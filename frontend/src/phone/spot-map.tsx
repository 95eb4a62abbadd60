/** The small map as a piece of a form. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Key } from '../i18n/catalogue';
import type { Place, Spot } from './spot';

type Props = {
  token: string;
  theme: 'day' | 'night';
  place: Place;
  t: (key: Key) => string;
  moved?: (place: Place) => void;
};

export function SpotMap({ token, theme, place, t, moved }: Props) {
  const container = useRef<HTMLDivElement>(null);
  const made = useRef<Spot | undefined>(undefined);
  const [missing, setMissing] = useState(false);
  const hear = useRef(moved);
  hear.current = moved;
  // what the map itself said is not told back to it
  const own = useRef<Place>(place);
  useEffect(() => {
    let gone = false;
    import('./spot').then(
      ({ spot }) => {
        if (gone || !container.current) return;
        const listener = moved
          ? (next: Place) => {
              own.current = next;
              hear.current?.(next);
            }
          : undefined;
        made.current = spot(container.current, token, theme, own.current, listener);
        setMissing(!made.current);
      },
      () => setMissing(true),
    );
    return () => {
      gone = true;
      made.current?.remove();
      made.current = undefined;
    };
  }, [token, theme]);
  useEffect(() => {
    if (own.current.lon === place.lon && own.current.lat === place.lat) return;
    own.current = place;
    made.current?.go(place);
  }, [place.lon, place.lat]);
  if (missing) return <p class="hint">{t('phNoMap')}</p>;
  return (
    <section class="spot" aria-label={t(moved ? 'phMoveMap' : 'issuePlace')}>
      <div ref={container} />
      <svg class="needle" viewBox="0 0 32 40" width="36" height="45" aria-hidden="true">
        <path d="M16 39C16 39 3 23.5 3 14.5A13 13 0 0 1 29 14.5C29 23.5 16 39 16 39z" />
        <circle cx="16" cy="14.5" r="5" />
      </svg>
    </section>
  );
}
