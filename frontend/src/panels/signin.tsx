/** The form that everybody sees first. */
import { useEffect, useState } from 'preact/hooks';
import type { Service } from '../api/client';
import type { Key, Language } from '../i18n/catalogue';

type Props = {
  api: Service;
  t: (key: Key) => string;
  done: () => void;
  language: Language;
  setLanguage: (language: Language) => void;
};

export function SignIn({ api, t, done, language, setLanguage }: Props) {
  const refused = new URLSearchParams(location.search).get('refused');
  const [problem, setProblem] = useState('');
  const [openid, setOpenid] = useState<string | null>(null);
  useEffect(() => {
    api.ways().then(
      (ways) => setOpenid(ways.openid),
      () => {},
    );
  }, [api]);
  const [busy, setBusy] = useState(false);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const given = new FormData(event.currentTarget as HTMLFormElement);
    setBusy(true);
    setProblem('');
    api
      .signIn(String(given.get('username')), String(given.get('password')))
      .then(done, (error: Error) => setProblem(error.message || t('serverAway')))
      .finally(() => setBusy(false));
  };
  return (
    <main class="signin">
      <form class="panel" onSubmit={submit}>
        <img src="/icon.svg" alt="" width="48" height="48" />
        <h1>{t('title')}</h1>
        <p>{t('signInHint')}</p>
        {window.isSecureContext ? null : <p class="problem">{t('insecureOrigin')}</p>}
        <label>
          {t('username')}
          <input name="username" autocomplete="username" required />
        </label>
        <label>
          {t('password')}
          <input name="password" type="password" autocomplete="current-password" required />
        </label>
        <button type="submit" class="main" disabled={busy}>
          {t('signIn')}
        </button>
        {openid ? (
          <a class="other" href={`/api/session/oidc?to=${encodeURIComponent(location.pathname)}`}>
            {t('openidWith')} {openid}
          </a>
        ) : null}
        <p role="alert" class="problem">
          {problem || (refused ? t(refused === 'openid-unknown' ? 'openidUnknown' : 'openidFailed') : '')}
        </p>
        <button type="button" class="quiet" onClick={() => setLanguage(language === 'zh' ? 'en' : 'zh')}>
          {t('language')}
        </button>
      </form>
    </main>
  );
}
