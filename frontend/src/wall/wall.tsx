/** The wall: signs in, loads what it has to know, and then is one screen. */
import { useCallback, useEffect, useMemo, useState } from 'preact/hooks';
import { ask, Problem, service, type Twin, type Who } from '../api/client';
import { setClock } from '../api/clock';
import { say } from '../i18n/catalogue';
import { SignIn } from '../panels/signin';
import { read, type Wish, write } from './address';
import type { AreaRow } from './answers';
import { Composed } from './composed';
import { pulse } from './sources';

const RETRY_MS = 3000;

export type Known = { who: Who; twin: Twin; areas: AreaRow[] };

export function Wall() {
  const [wish, setWish] = useState<Wish>(() => read(location.hash));
  const [known, setKnown] = useState<Known | null>();
  const [away, setAway] = useState(false);
  const api = useMemo(() => service(wish.language), [wish.language]);
  const change = useCallback((part: Partial<Wish>) => setWish((now) => ({ ...now, ...part })), []);

  useEffect(() => {
    document.documentElement.lang = wish.language === 'zh' ? 'zh-CN' : 'en';
    document.documentElement.dataset.theme = wish.theme;
    const hash = write(wish);
    const place = JSON.stringify(wish.place ?? null);
    if (hash === location.hash) return;
    // another place is a step to go back from, another view of it is not
    if (JSON.stringify(read(location.hash).place ?? null) === place) history.replaceState(null, '', hash);
    else history.pushState(null, '', hash);
  }, [wish]);

  useEffect(() => {
    const restore = () => setWish(read(location.hash));
    addEventListener('popstate', restore);
    return () => removeEventListener('popstate', restore);
  }, []);

  useEffect(
    () =>
      pulse.hear(() => {
        if (pulse.signedOut) setKnown(null);
      }),
    [],
  );

  useEffect(() => {
    if (known !== undefined) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const begin = () => {
      const areas = ask<{ areas: AreaRow[] }>('/api/areas', wish.language);
      const dated = fetch('/healthz', { cache: 'no-store' }).then(
        (answer) => answer.headers.get('date') ?? '',
      );
      Promise.all([api.who(), api.twin(), areas, dated]).then(
        ([who, twin, list, date]) => {
          pulse.signedOut = false;
          setClock(date, twin.time_zone);
          pulse.answered();
          setAway(false);
          setKnown({ who, twin, areas: list.areas });
        },
        (error: unknown) => {
          if (error instanceof Problem && error.status === 401) return setKnown(null);
          setAway(true);
          timer = setTimeout(begin, RETRY_MS);
        },
      );
    };
    begin();
    return () => clearTimeout(timer);
  }, [known, api]);

  if (known === null) {
    return (
      <div class="wl-door">
        <p>{say('wlSignInHint', wish.language)}</p>
        <SignIn
          api={api}
          t={(key) => say(key, wish.language)}
          done={() => setKnown(undefined)}
          language={wish.language}
          setLanguage={(language) => change({ language })}
        />
      </div>
    );
  }
  if (!known) return <p class="wl-notice">{away ? say('serverAway', wish.language) : ''}</p>;
  return <Composed known={known} wish={wish} change={change} api={api} />;
}
