/** The administrators' page: one section at a time, named in the address. */
import type { JSX } from 'preact';
import { useCallback, useEffect, useMemo, useState } from 'preact/hooks';
import { Problem, service, type Who } from '../api/client';
import { type Key, type Language, say } from '../i18n/catalogue';
import { SignIn } from '../panels/signin';
import { Accounts } from './accounts';
import { administration } from './api';
import { Audit } from './audit';
import { Keys } from './keys';
import type { Section } from './parts';
import { People } from './people';
import { Phones } from './phones';
import { Rules } from './rules';
import { Walls } from './walls';

type Name = 'peopleOfTheGrid' | 'phones' | 'accounts' | 'issueRules' | 'walls' | 'keys' | 'audit';
const SECTIONS: Record<Name, { show: (section: Section) => JSX.Element | null; roles: string[] }> = {
  peopleOfTheGrid: { show: People, roles: ['administrator', 'station_head'] },
  phones: { show: Phones, roles: ['administrator', 'station_head'] },
  accounts: { show: Accounts, roles: ['administrator'] },
  issueRules: { show: Rules, roles: ['administrator'] },
  walls: { show: Walls, roles: ['administrator'] },
  keys: { show: Keys, roles: ['administrator'] },
  audit: { show: Audit, roles: ['auditor'] },
};
const RETRY_MS = 3000;

function kept<T extends string>(name: string, fallback: T): T {
  return (localStorage.getItem(name) as T | null) ?? fallback;
}

export function Administration() {
  const [language, setLanguage] = useState<Language>(() => kept('language', 'zh'));
  const [theme, setTheme] = useState<'day' | 'night'>(() =>
    kept('theme', matchMedia('(prefers-color-scheme: dark)').matches ? 'night' : 'day'),
  );
  const [who, setWho] = useState<Who | null>();
  const [away, setAway] = useState(false);
  const [section, setSection] = useState(location.hash.slice(1));
  const t = useCallback((key: Key) => say(key, language), [language]);
  const api = useMemo(() => service(language), [language]);
  const more = useMemo(() => administration(language), [language]);

  useEffect(() => {
    document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
    document.documentElement.dataset.theme = theme;
    document.title = `${t('administration')} · gridtwin`;
    localStorage.setItem('language', language);
    localStorage.setItem('theme', theme);
  }, [language, theme]);
  useEffect(() => {
    const follow = () => setSection(location.hash.slice(1));
    follow(); // it may have changed since the page was drawn first
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const begin = () =>
      Promise.all([api.who(), api.twin()]).then(
        ([person]) => {
          setAway(false);
          setWho(person);
        },
        (error: unknown) => {
          if (error instanceof Problem && error.status === 401) return setWho(null);
          setAway(true);
          timer = setTimeout(begin, RETRY_MS);
        },
      );
    if (who === undefined) begin();
    return () => clearTimeout(timer);
  }, [api, who]);

  if (who === null)
    return (
      <SignIn api={api} t={t} language={language} setLanguage={setLanguage} done={() => setWho(undefined)} />
    );
  const own = who
    ? (Object.keys(SECTIONS) as Name[]).filter((name) => SECTIONS[name].roles.includes(who.role))
    : [];
  const current = own.find((name) => name === section.split('/')[0]) ?? own[0];
  const Shown = current && SECTIONS[current].show;
  return (
    <>
      <header class="head">
        <h1>{t('administration')}</h1>
        <nav aria-label={t('administration')}>
          {own.map((name) => (
            <a key={name} href={`#${name}`} aria-current={name === current ? 'page' : undefined}>
              {t(name)}
            </a>
          ))}
        </nav>
        <span class="acts">
          <a href="/">{t('theMap')}</a>
          <button type="button" class="plain" onClick={() => setTheme(theme === 'day' ? 'night' : 'day')}>
            {t('theme')}
          </button>
          <button type="button" class="plain" onClick={() => setLanguage(language === 'zh' ? 'en' : 'zh')}>
            {t('language')}
          </button>
          {who && (
            <button type="button" class="plain" onClick={() => api.signOut().then(() => setWho(null))}>
              {t('signOut')} {who.username}
            </button>
          )}
        </span>
      </header>
      <main>
        {!isSecureContext && <p class="warning">{t('insecure')}</p>}
        {away && <p role="status">{t('serverAway')}</p>}
        {who && !current && <p class="empty">{t('nothingForRole')}</p>}
        {Shown && (
          <>
            <h2>{t(current)}</h2>
            <Shown key={current} api={more} t={t} language={language} />
          </>
        )}
      </main>
    </>
  );
}
