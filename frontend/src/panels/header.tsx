/** Title, search, and the small buttons beside them: theme, language, help, the other pages, sign out. */
import type { ComponentChildren } from 'preact';
import type { Twin, Who } from '../api/client';
import type { Key, Language } from '../i18n/catalogue';
import { type Acts, SIGNS, Sign } from './tools';

type Props = {
  t: (key: Key) => string;
  language: Language;
  twin: Twin;
  who: Who;
  acts: Acts;
  children: ComponentChildren;
};

/** The other pages, for the roles that have something to do there. */
const PAGES: [path: string, name: Key, roles: string[]][] = [
  ['/planner', 'pagePlanner', ['administrator', 'planner']],
  ['/admin', 'pageAdmin', ['administrator', 'auditor', 'station_head']],
];

export function Header({ t, language, twin, who, acts, children }: Props) {
  const pages = PAGES.filter(([, , roles]) => roles.includes(who.role));
  return (
    <header class="panel title">
      <h1>{twin.title || t('title')}</h1>
      {twin.demo && (
        <strong class="demo" title={t('demoWhy')}>
          {t('demo')}
        </strong>
      )}
      <nav class="small" aria-label={t('menu')}>
        <button type="button" title={t('theme')} aria-label={t('theme')} onClick={acts.theme}>
          <Sign sign={SIGNS.theme} />
        </button>
        <button type="button" title={t('language')} onClick={acts.language}>
          {language === 'zh' ? 'EN' : '中文'}
        </button>
        <button type="button" title={t('help')} aria-label={t('help')} onClick={acts.help}>
          <Sign sign={SIGNS.help} />
        </button>
        <button
          type="button"
          title={`${who.display_name} · ${t('signOut')}`}
          aria-label={t('signOut')}
          onClick={acts.signOut}
        >
          <Sign sign={SIGNS.signOut} />
        </button>
      </nav>
      {pages.length > 0 && (
        <nav class="pages" aria-label={t('menu')}>
          {pages.map(([path, name]) => (
            <a key={path} href={path}>
              {t(name)}
            </a>
          ))}
        </nav>
      )}
      {children}
    </header>
  );
}
