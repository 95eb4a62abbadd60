/** What the phone asks again and again while its page is open: duty, and its issues. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { Problem } from '../api/client';
import type { Issue } from '../issues/api';
import type { Duty, PhoneService } from './api';
import { type Sent, send } from './sender';

const DUTY_EVERY_MS = 30_000;
const TASKS_EVERY_MS = 8_000;
const KEPT = 'phone-issues';

function kept(): Issue[] | undefined {
  try {
    const text = localStorage.getItem(KEPT);
    return text ? (JSON.parse(text) as Issue[]) : undefined;
  } catch {
    return undefined;
  }
}

/** Duty, and the position that is sent meanwhile, whichever page of the app is looked at. */
export function useDuty(api: PhoneService | undefined, revoked: () => void) {
  const [duty, setDuty] = useState<Duty>();
  const [sent, setSent] = useState<Sent>();
  const [problem, setProblem] = useState('');
  const failed = (error: unknown) => {
    if (error instanceof Problem && error.status === 401) return revoked();
    setProblem(error instanceof Problem ? error.message : '');
  };
  const taken = (now: Duty) => {
    setDuty(now);
    setProblem('');
  };
  useEffect(() => {
    if (!api) return;
    const look = () => api.duty().then(taken, failed);
    look();
    const timer = setInterval(look, DUTY_EVERY_MS);
    return () => clearInterval(timer);
  }, [api]);
  useEffect(() => (api && duty?.on_duty ? send(api, setSent) : undefined), [api, duty?.on_duty]);
  useEffect(() => {
    if (sent?.problem === 'revoked') revoked();
  }, [sent?.problem]);
  const toggle = () => api?.switchDuty(!duty?.switched_until).then(taken, failed);
  return { duty, sent, problem, toggle };
}

/** The worker's issues as they change; `fresh` hears of tasks that were not there before. */
export function useIssues(
  api: PhoneService | undefined,
  worker: string | undefined,
  fresh: (tasks: Issue[]) => void,
  round: number,
) {
  const [issues, setIssues] = useState<Issue[] | undefined>(kept);
  const [online, setOnline] = useState(navigator.onLine);
  const known = useRef<Set<number> | undefined>(undefined);
  const hear = useRef(fresh);
  hear.current = fresh;
  useEffect(() => {
    if (!api) return;
    let ended = false;
    const look = () =>
      api.issues.list(new URLSearchParams({ limit: '100' })).then(
        ({ issues: found }) => {
          if (ended) return;
          setOnline(true);
          setIssues(found);
          localStorage.setItem(KEPT, JSON.stringify(found));
        },
        (error: unknown) => {
          if (!ended && !(error instanceof Problem)) setOnline(false);
        },
      );
    look();
    const timer = setInterval(look, TASKS_EVERY_MS);
    const away = () => setOnline(false);
    const seen = () => document.visibilityState === 'visible' && look();
    addEventListener('online', look);
    addEventListener('offline', away);
    document.addEventListener('visibilitychange', seen);
    return () => {
      ended = true;
      clearInterval(timer);
      removeEventListener('online', look);
      removeEventListener('offline', away);
      document.removeEventListener('visibilitychange', seen);
    };
  }, [api, round]);
  const tasks = issues?.filter((issue) => issue.state === '待处理' && (!worker || issue.worker === worker));
  useEffect(() => {
    if (!tasks || !worker) return;
    const unseen = tasks.filter((task) => known.current && !known.current.has(task.id));
    known.current = new Set(tasks.map((task) => task.id));
    if (unseen.length) hear.current(unseen);
  }, [issues, worker]);
  return { tasks, mine: issues?.filter((issue) => issue.mine) ?? [], online };
}
