/** The worker's phone: enrol by a code, then tasks, reports and duty. The token stays in this browser. */
import { useCallback, useEffect, useMemo, useState } from 'preact/hooks';
import { type Key, type Language, say } from '../i18n/catalogue';
import type { Issue, IssueClass } from '../issues/api';
import { phoneService } from './api';
import { DutyPage } from './duty';
import { Enrol } from './enrol';
import { Outbox, type Waiting } from './outbox';
import { Placing } from './placing';
import { Queue } from './queue';
import { ReportPage } from './report';
import { standAt } from './standing';
import { Tasks } from './tasks';
import { useDuty, useIssues } from './watching';

const TOKEN = 'phone-token';
const THEME = 'phone-theme';
const LANGUAGE = 'phone-language';
const CLASSES = 'phone-classes';
/** Browsers inside other apps, which can't keep a page open or follow a position. */
const INSIDE_ANOTHER_APP = /MicroMessenger|DingTalk|AliApp|\bQQ\/|Weibo|wxwork/i;
/** Kept from the enrolment until the worker has confirmed the dot on the map, or put it off. */
const UNPLACED = 'phone-unplaced';
const SHORT_MS = 6000;

type Theme = 'day' | 'night';
type Tab = 'tasks' | 'report' | 'duty';
const TABS: [tab: Tab, label: Key, sign: string][] = [
  ['tasks', 'phTasks', 'M5 5h14v15H5z M9 3.500h6v3H9z M8.5 11.500l2 2 4-4 M8.5 17h7'],
  ['report', 'phReport', 'M12 5v14 M5 12h14'],
  ['duty', 'phDuty', 'M12 21s7-6.5 7-11.500A7 7 0 0 0 5 9.500C5 14.5 12 21 12 21z M12 7v3l2 1.5'],
];

function kept<T extends string>(name: string, values: readonly T[], other: T): T {
  const value = localStorage.getItem(name);
  return values.find((one) => one === value) ?? other;
}

const outbox = new Outbox();

export function PhonePage() {
  const [language, setLanguage] = useState<Language>(() =>
    kept(LANGUAGE, ['zh', 'en'], navigator.language.startsWith('en') ? 'en' : 'zh'),
  );
  const [theme, setTheme] = useState<Theme>(() =>
    kept(THEME, ['day', 'night'], matchMedia('(prefers-color-scheme: dark)').matches ? 'night' : 'day'),
  );
  const [token, setToken] = useState(localStorage.getItem(TOKEN) ?? '');
  const [hash, setHash] = useState(location.hash);
  const [ended, setEnded] = useState(false);
  const [unplaced, setUnplaced] = useState(localStorage.getItem(UNPLACED) !== null);
  const t = useCallback((key: Key) => say(key, language), [language]);
  const api = useMemo(() => phoneService(language, token), [language, token]);
  const given = new URLSearchParams(hash.slice(1));
  const code = given.get('code');

  const keep = (made: string) => {
    if (made) localStorage.setItem(TOKEN, made);
    else localStorage.removeItem(TOKEN);
    history.replaceState(null, '', location.pathname); // neither code nor token stays in the address
    setHash('');
    setToken(made);
    setEnded(!made);
  };
  useEffect(() => {
    document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
    document.documentElement.dataset.theme = theme;
    document.title = `${t('phoneTitle')} · gridtwin`;
    localStorage.setItem(LANGUAGE, language);
    localStorage.setItem(THEME, theme);
  }, [language, theme, t]);
  useEffect(() => {
    const follow = () => setHash(location.hash);
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);
  useEffect(() => {
    if (INSIDE_ANOTHER_APP.test(navigator.userAgent)) return;
    standAt(given.get('at'));
    const handed = given.get('token');
    if (handed) keep(handed);
  }, [hash]);

  const shown = { language, setLanguage, theme, setTheme, t };
  if (INSIDE_ANOTHER_APP.test(navigator.userAgent))
    return (
      <Frame {...shown}>
        <section>
          <h2>{t('openInBrowser')}</h2>
          <p>{t('openInBrowserHow')}</p>
        </section>
      </Frame>
    );
  if (code)
    return (
      <Frame {...shown}>
        <Enrol
          api={api}
          t={t}
          code={code}
          enrolled={(made) => {
            if (!given.has('at')) {
              localStorage.setItem(UNPLACED, 'yes'); // where the guide says that it stands needs no confirming
              setUnplaced(true);
            }
            keep(made.token);
          }}
        />
      </Frame>
    );
  if (!token)
    return (
      <Frame {...shown}>
        <p>{t(ended ? 'phoneRevoked' : 'notEnrolled')}</p>
      </Frame>
    );
  if (unplaced)
    return (
      <Frame {...shown}>
        <Placing
          api={api}
          token={token}
          theme={theme}
          t={t}
          done={() => {
            localStorage.removeItem(UNPLACED);
            setUnplaced(false);
          }}
        />
      </Frame>
    );
  return <Work {...shown} api={api} token={token} revoked={() => keep('')} />;
}

type Shown = {
  language: Language;
  setLanguage: (language: Language) => void;
  theme: Theme;
  setTheme: (theme: Theme) => void;
  t: (key: Key) => string;
};

function Frame({
  language,
  setLanguage,
  theme,
  setTheme,
  t,
  online = true,
  children,
}: Shown & { online?: boolean; children: preact.ComponentChildren }) {
  return (
    <>
      <header>
        <h1>{t('phoneTitle')}</h1>
        <span class={online ? 'net' : 'net off'} role="status">
          {t(online ? 'phOnline' : 'phOffline')}
        </span>
        <button
          type="button"
          class="tool"
          aria-label={t('theme')}
          title={t('theme')}
          onClick={() => setTheme(theme === 'day' ? 'night' : 'day')}
        >
          <svg viewBox="0 0 24 24" width="22" height="22" aria-hidden="true">
            <path d="M12 4a8 8 0 1 0 0 16z" class="solid" />
            <path d="M12 4a8 8 0 0 1 0 16" />
          </svg>
        </button>
        <button type="button" class="tool" onClick={() => setLanguage(language === 'zh' ? 'en' : 'zh')}>
          {language === 'zh' ? 'EN' : '中'}
        </button>
      </header>
      <main>
        {!isSecureContext && (
          <p class="problem insecure">
            {t('insecure')} {t('phInsecure')}
          </p>
        )}
        {children}
      </main>
    </>
  );
}

function classesKept(): IssueClass[] {
  try {
    return JSON.parse(localStorage.getItem(CLASSES) ?? '[]') as IssueClass[];
  } catch {
    return [];
  }
}

type WorkProps = Shown & { api: ReturnType<typeof phoneService>; token: string; revoked: () => void };

function Work({ api, token, revoked, ...shown }: WorkProps) {
  const { t, language, theme } = shown;
  const [tab, setTab] = useState<Tab>('tasks');
  const [chosen, setChosen] = useState<number>();
  const [entries, setEntries] = useState<Waiting[]>([]);
  const [round, setRound] = useState(0);
  const [fresh, setFresh] = useState<Issue[]>([]);
  const [done, setDone] = useState('');
  const [classes, setClasses] = useState(classesKept);
  const work = useDuty(api, revoked);
  const heard = (found: Issue[]) => {
    const given = found.filter((task) => !entries.some((entry) => entry.answer?.id === task.id));
    if (!given.length) return; // the worker's own reports are no news
    setFresh(given);
    navigator.vibrate?.([200, 100, 200]);
  };
  const { tasks, mine, online } = useIssues(api, work.duty?.worker, heard, round);

  useEffect(() => outbox.start(api, revoked), [api]);
  useEffect(() => outbox.watch(setEntries), []);
  const sent = entries.filter((entry) => entry.state === 'sent').length;
  useEffect(() => setRound((now) => now + 1), [sent]); // what was sent changed the list
  useEffect(() => {
    api.issues.classes().then(
      (found) => {
        setClasses(found);
        localStorage.setItem(CLASSES, JSON.stringify(found));
      },
      () => undefined,
    );
  }, [api]);
  useEffect(() => {
    if (!done) return;
    const timer = setTimeout(() => setDone(''), SHORT_MS);
    return () => clearTimeout(timer);
  }, [done]);

  const unsent = entries.filter((entry) => entry.state !== 'sent').length;
  const badges: Partial<Record<Tab, number>> = { tasks: tasks?.length ?? 0, report: unsent };
  return (
    <>
      <Frame {...shown} online={online}>
        {fresh.length > 0 && (
          <button
            type="button"
            class="news"
            onClick={() => {
              setTab('tasks');
              setChosen(fresh[0]?.id);
              setFresh([]);
            }}
          >
            <b>
              {t('phNewTask')} {fresh.length > 1 ? `×${fresh.length}` : ''}
            </b>
            <span>{fresh[0]?.text}</span>
          </button>
        )}
        <p role="status" class={done ? 'done' : 'unseen'}>
          {done}
        </p>
        {tab === 'tasks' && (
          <Tasks
            api={api}
            token={token}
            theme={theme}
            tasks={tasks}
            outbox={outbox}
            entries={entries}
            classes={classes}
            t={t}
            language={language}
            chosen={chosen}
            choose={setChosen}
          />
        )}
        <div hidden={tab !== 'report'}>
          <ReportPage
            api={api}
            token={token}
            theme={theme}
            t={t}
            language={language}
            outbox={outbox}
            classes={classes}
            online={online}
            sent={() => {
              setDone(t(online ? 'phThanks' : 'phKeptHere'));
              document.querySelector('main')?.scrollTo({ top: 0 });
            }}
          />
          <Queue
            api={api}
            outbox={outbox}
            entries={entries}
            mine={mine}
            classes={classes}
            t={t}
            language={language}
          />
        </div>
        {tab === 'duty' && <DutyPage {...work} t={t} language={language} />}
      </Frame>
      <nav class="tabs" aria-label={t('phoneTitle')}>
        {TABS.map(([name, label, sign]) => (
          <button
            type="button"
            key={name}
            aria-current={tab === name ? 'page' : undefined}
            onClick={() => {
              setTab(name);
              setChosen(undefined);
            }}
          >
            <svg viewBox="0 0 24 24" width="26" height="26" aria-hidden="true">
              <path d={sign} />
            </svg>
            {t(label)}
            {badges[name] ? <b class="badge">{badges[name]}</b> : null}
          </button>
        ))}
      </nav>
    </>
  );
}
