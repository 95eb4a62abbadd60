/** The demo's guided quarter of an hour: one step after the other, ticked when the service has seen it. */

import { useEffect, useState } from 'preact/hooks';
import { ask } from '../api/client';
import { timeZone } from '../api/clock';
import { type Key, type Language, say } from '../i18n/catalogue';
import '../styles/guide.css';

type StepName = 'report' | 'wall' | 'dispatch' | 'handle' | 'archive' | 'import' | 'change' | 'replay';
type Step = {
  step: StepName;
  seen_at: string | null;
  link: string;
  role: 'worker' | 'command' | 'dispatcher' | 'planner';
  file: string | null;
};
type Told = { now: string; since: string; steps: Step[] };

const BEGAN = 'gridtwin.guide.since';
const FOLDED = 'gridtwin.guide.folded';
const LOOK_MS = 2500;
/** A phone's window, in pixels. */
const PHONE = 'popup,width=412,height=860';

/** Whether this browser may have the guide: the administrator's, or one in which it was begun. */
export function guided(demo: boolean, role: string): boolean {
  return demo && (role === 'administrator' || localStorage.getItem(BEGAN) !== null);
}

/** As it was left; a first visitor on a wide screen sees it whole. */
export function unfolded(): boolean {
  return innerWidth > 700 && localStorage.getItem(FOLDED) !== 'true';
}

export function Guide({ language }: { language: Language }) {
  const [told, setTold] = useState<Told>();
  const [open, setOpen] = useState(unfolded);
  const [round, setRound] = useState(0);
  const [chosen, setChosen] = useState<StepName>();

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout>;
    const given = new AbortController();
    const look = () => {
      const since = localStorage.getItem(BEGAN);
      const query = since ? `?since=${encodeURIComponent(since)}` : '';
      ask<Told>(`/api/demo/guide${query}`, language, { signal: given.signal }).then(
        (answer) => {
          if (!since) localStorage.setItem(BEGAN, answer.since);
          setTold(answer);
          timer = setTimeout(look, LOOK_MS);
        },
        () => {
          if (given.signal.aborted) return;
          // another demo, or none: the guide that was begun is no more
          localStorage.removeItem(BEGAN);
          setTold(undefined);
        },
      );
    };
    look();
    return () => {
      clearTimeout(timer);
      given.abort();
    };
  }, [language, round]);

  if (!told) return null;
  const fold = (away: boolean) => {
    localStorage.setItem(FOLDED, String(away));
    setOpen(!away);
  };
  const t = (key: string) => say(key as Key, language);
  const filled = (key: Key, blanks: Record<string, string | number>) =>
    say(key, language).replace(/\{(\w+)\}/g, (_, name: string) => String(blanks[name] ?? ''));
  const done = told.steps.filter((one) => one.seen_at).length;
  const next = told.steps.find((one) => !one.seen_at)?.step;
  const shown = chosen ?? next;
  const follow = (event: MouseEvent, step: Step) => {
    if (step.role !== 'worker') return;
    // a phone is a small window; where that isn't allowed, the link opens as a page
    if (window.open(step.link, 'gridtwin-phone', PHONE)) event.preventDefault();
  };
  const time = (at: string) =>
    new Date(at).toLocaleTimeString(language === 'zh' ? 'zh-CN' : 'en-GB', { hour12: false, ...timeZone() });
  return (
    <section class="panel guide" aria-label={t('guTitle')}>
      <header>
        <svg viewBox="0 0 36 36" aria-hidden="true">
          <circle cx="18" cy="18" r="15" />
          <circle cx="18" cy="18" r="15" pathLength={told.steps.length} class={`done n${done}`} />
          <text x="18" y="22.5">
            {done}
          </text>
        </svg>
        <h2>
          {t('guTitle')}
          <small role="status">{filled('guProgress', { n: done, all: told.steps.length })}</small>
        </h2>
        <button type="button" aria-expanded={open} onClick={() => fold(open)}>
          {t(open ? 'guFold' : 'guUnfold')}
        </button>
      </header>
      {open && (
        <>
          <p class="about">{t(next ? 'guAbout' : 'guDone')}</p>
          <ol>
            {told.steps.map((one) => (
              <li
                key={one.step}
                data-step={one.step}
                data-seen={one.seen_at !== null}
                aria-current={one.step === next ? 'step' : undefined}
              >
                <button
                  type="button"
                  class="name"
                  aria-expanded={one.step === shown}
                  onClick={() => setChosen(one.step === chosen ? undefined : one.step)}
                >
                  <svg viewBox="0 0 20 20" aria-hidden="true">
                    <circle cx="10" cy="10" r="8.5" />
                    {one.seen_at && <path d="M5.8 10.4l2.8 2.8 5.6-6.2" />}
                  </svg>
                  <b>{t(`gu_${one.step}`)}</b>
                  <small>{one.seen_at && filled('guSeen', { time: time(one.seen_at) })}</small>
                </button>
                {one.step === shown && (
                  <div>
                    <p>{t(`gu_${one.step}How`)}</p>
                    <p class="go">
                      {one.file && (
                        <a href={one.file} download class="quiet">
                          {t('guFile')}
                        </a>
                      )}
                      <a
                        href={one.link}
                        target={one.role === 'worker' ? 'gridtwin-phone' : '_blank'}
                        rel={one.role === 'worker' ? undefined : 'noopener'}
                        onClick={(event) => follow(event, one)}
                      >
                        {t(`gu_${one.step}Open`)}
                      </a>
                      <small>{filled('guAs', { who: t(`guRole_${one.role}`) })}</small>
                    </p>
                  </div>
                )}
              </li>
            ))}
          </ol>
          <footer>
            <button
              type="button"
              onClick={() => {
                localStorage.removeItem(BEGAN);
                setChosen(undefined);
                setRound(round + 1);
              }}
            >
              {t('guAgain')}
            </button>
          </footer>
        </>
      )}
    </section>
  );
}
