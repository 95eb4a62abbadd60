/** The public view: the map alone, without signing in, moved by the operator's offset, with its approval number. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { ask, Problem } from '../api/client';
import { type Key, type Language, say } from '../i18n/catalogue';
import type { PublicMap } from './map';

type Told = {
  title: string;
  demo: boolean;
  approval: string;
  source: string;
  bounds: [number, number, number, number] | null;
};
const RETRY_MS = 5000;

export function PublicPage() {
  const [language, setLanguage] = useState<Language>(navigator.language.startsWith('en') ? 'en' : 'zh');
  const [theme, setTheme] = useState<'day' | 'night'>('day');
  const [told, setTold] = useState<Told | null>();
  const [notice, setNotice] = useState<Key>();
  const map = useRef<PublicMap>(undefined);
  const t = (key: Key) => say(key, language);

  useEffect(() => {
    document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
    document.documentElement.dataset.theme = theme;
    map.current?.theme(theme);
  }, [language, theme]);

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const begin = () =>
      ask<Told>('/public/twin.json', language).then(
        (answer) => {
          setNotice(undefined);
          setTold(answer);
        },
        (error: unknown) => {
          if (error instanceof Problem && error.status === 404) return setNotice('puNone');
          setNotice('serverAway');
          timer = setTimeout(begin, RETRY_MS);
        },
      );
    if (!told) void begin();
    return () => clearTimeout(timer);
  }, [told]);

  useEffect(() => {
    if (!told || map.current) return;
    document.title = told.title ? `${told.title} · ${t('puTitle')}` : t('puTitle');
    import('./map').then(({ publicMap }) => {
      map.current = publicMap(document.getElementById('map') as HTMLElement, theme, told.bounds);
      if (!map.current) return setNotice('noWebgl');
      Object.assign(window, { gridtwin: { map: map.current.map } });
    });
  }, [told]);

  return (
    <>
      {told && (
        <header class="panel public">
          <h1>
            {told.title}
            <small>{t('puTitle')}</small>
          </h1>
          {told.demo && (
            <strong class="demo" title={t('demoWhy')}>
              {t('demo')}
            </strong>
          )}
          <nav class="small" aria-label={t('menu')}>
            <button type="button" onClick={() => setTheme(theme === 'day' ? 'night' : 'day')}>
              {t('theme')}
            </button>
            <button type="button" onClick={() => setLanguage(language === 'zh' ? 'en' : 'zh')}>
              {language === 'zh' ? 'EN' : '中文'}
            </button>
          </nav>
        </header>
      )}
      {notice && <p class="notice">{t(notice)}</p>}
      {told && (
        <footer class="panel public-word">
          {(told.approval || told.source) && (
            <p>
              {told.approval && (
                <b>
                  {t('puApproval')}：{told.approval}
                </b>
              )}
              {told.source && (
                <span>
                  {t('puSource')}：{told.source}
                </span>
              )}
            </p>
          )}
          <small>{t('puWord')}</small>
        </footer>
      )}
    </>
  );
}
