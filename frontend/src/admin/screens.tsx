/** The screens that show walls, as they last said they are: what an operator looks at. */
import { useEffect } from 'preact/hooks';
import type { Screen } from './api';
import { moment, type Section, useAnswer } from './parts';

const LOOK_MS = 15_000;
const AWAY_S = 45;

export function Screens({ api, t, language }: Section) {
  const { answer, problem, again } = useAnswer(() => api.screens(), [language]);
  useEffect(() => {
    const timer = setInterval(again, LOOK_MS);
    return () => clearInterval(timer);
  }, [again]);
  if (problem) return <p role="alert">{problem}</p>;
  if (!answer) return <p>{t('loading')}</p>;
  const silence = (one: Screen) => (new Date(answer.now).getTime() - new Date(one.beat_at).getTime()) / 1000;
  const state = (one: Screen) => {
    if (silence(one) > AWAY_S) return t('screenAway');
    return t(one.live ? 'screenLive' : 'screenNotLive');
  };
  // who looks wants to know of those that hang on a wall now; the others stand below
  const away = (one: Screen) => Number(silence(one) > AWAY_S);
  const shown = [...answer.screens].sort((a, b) => away(a) - away(b));
  return (
    <section class="screens" aria-label={t('screens')}>
      <h2>{t('screens')}</h2>
      {answer.screens.length === 0 && <p class="empty">{t('noScreens')}</p>}
      <ul>
        {shown.map((one) => (
          <li key={one.id} class={silence(one) > AWAY_S || !one.live ? 'bad' : undefined}>
            {one.pictured_at && (
              <img
                src={`/api/walls/screens/${one.id}/picture?${new Date(one.pictured_at).getTime()}`}
                alt={`${one.name} ${moment(one.pictured_at, language)}`}
                width="480"
                height="270"
                loading="lazy"
              />
            )}
            <h3>
              {one.name} <small>{state(one)}</small>
            </h3>
            <dl>
              <dt>{t('scope')}</dt>
              <dd>{one.areas.map((area) => area.name).join('、') || '–'}</dd>
              <dt>{t('screenShows')}</dt>
              <dd>{one.place || '–'}</dd>
              <dt>{t('lastHere')}</dt>
              <dd>{moment(one.beat_at, language)}</dd>
              <dt>{t('screenRate')}</dt>
              <dd>{one.frame_rate === null ? '–' : `${one.frame_rate.toFixed(1)} /s`}</dd>
              <dt>{t('screenDelay')}</dt>
              <dd>{one.delay_ms === null ? '–' : `${one.delay_ms} ms`}</dd>
              <dt>{t('screenMemory')}</dt>
              <dd>{one.memory_mb === null ? '–' : `${one.memory_mb} MB`}</dd>
              <dt>{t('screenSize')}</dt>
              <dd>
                {one.width} × {one.height}
                {!one.webgl && ` · ${t('screenNoWebgl')}`}
              </dd>
              <dt>{t('screenVersion')}</dt>
              <dd>
                {one.version ? (one.version === answer.pages ? t('screenNewest') : t('screenOlder')) : '–'}
                {` · ${(one.browser.match(/Chrom\w*\/\d+|Firefox\/\d+/) ?? [one.browser])[0]}`}
              </dd>
            </dl>
          </li>
        ))}
      </ul>
    </section>
  );
}
