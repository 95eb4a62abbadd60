/** The worker's phone: enrol by a code, then duty. The token stays in this browser. */
import { useCallback, useEffect, useMemo, useState } from 'preact/hooks';
import { type Key, type Language, say } from '../i18n/catalogue';
import { phoneService } from './api';
import { DutyPage } from './duty';
import { Enrol } from './enrol';

const TOKEN = 'phone-token';
/** Browsers inside other apps, which can't keep a page open or follow a position. */
const INSIDE_ANOTHER_APP = /MicroMessenger|DingTalk|AliApp|\bQQ\/|Weibo|wxwork/i;

export function PhonePage() {
  const [language, setLanguage] = useState<Language>(navigator.language.startsWith('en') ? 'en' : 'zh');
  const [token, setToken] = useState(localStorage.getItem(TOKEN) ?? '');
  const [hash, setHash] = useState(location.hash);
  const [ended, setEnded] = useState(false);
  const t = useCallback((key: Key) => say(key, language), [language]);
  const api = useMemo(() => phoneService(language, token), [language, token]);
  const given = new URLSearchParams(hash.slice(1));
  const code = given.get('code');

  const keep = (kept: string) => {
    if (kept) localStorage.setItem(TOKEN, kept);
    else localStorage.removeItem(TOKEN);
    history.replaceState(null, '', location.pathname); // neither code nor token stays in the address
    setHash('');
    setToken(kept);
    setEnded(!kept);
  };
  useEffect(() => {
    document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
    document.title = `${t('phoneTitle')} · gridtwin`;
  }, [language]);
  useEffect(() => {
    const follow = () => setHash(location.hash);
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);
  useEffect(() => {
    if (INSIDE_ANOTHER_APP.test(navigator.userAgent)) return;
    const handed = given.get('token');
    if (handed) keep(handed);
  }, [hash]);

  return (
    <>
      <header>
        <h1>{t('phoneTitle')}</h1>
        <button type="button" class="quiet" onClick={() => setLanguage(language === 'zh' ? 'en' : 'zh')}>
          {t('language')}
        </button>
      </header>
      <main>
        {!isSecureContext && <p class="problem">{t('insecure')}</p>}
        {INSIDE_ANOTHER_APP.test(navigator.userAgent) ? (
          <section>
            <h2>{t('openInBrowser')}</h2>
            <p>{t('openInBrowserHow')}</p>
          </section>
        ) : code ? (
          <Enrol api={api} t={t} code={code} enrolled={(made) => keep(made.token)} />
        ) : token ? (
          <DutyPage api={api} t={t} language={language} revoked={() => keep('')} />
        ) : (
          <p>{t(ended ? 'phoneRevoked' : 'notEnrolled')}</p>
        )}
      </main>
    </>
  );
}
