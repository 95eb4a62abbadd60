/** Issues as they change, from `WS /live?of=issues`: one connection for the page, whoever listens. */
import type { State } from './answers';

export type IssueNews = {
  id: number;
  state: State;
  class: string;
  urgent: boolean;
  version: number;
  lon: number;
  lat: number;
  area: string | null;
  /** The next deadline, in seconds since 1970. */
  due: number | null;
};
/** What changed; undefined: more than is told, or unknown because the connection was lost. */
export type NewsListener = (issues: IssueNews[] | undefined) => void;

const RETRY_MS = 2000;

const listeners = new Set<NewsListener>();
let socket: WebSocket | undefined;
let timer: ReturnType<typeof setTimeout> | undefined;

function connect(again: boolean): void {
  const opened = new WebSocket(`${location.origin.replace(/^http/, 'ws')}/live?of=issues`);
  opened.onopen = () => {
    if (again) tell(undefined);
  };
  opened.onmessage = ({ data }: MessageEvent<string>) => {
    const said = JSON.parse(data) as { type: string; issues: IssueNews[]; reload: boolean };
    if (said.type === 'issue') tell(said.reload ? undefined : said.issues);
  };
  opened.onclose = () => {
    if (listeners.size) timer = setTimeout(() => connect(true), RETRY_MS);
  };
  socket = opened;
}

function tell(issues: IssueNews[] | undefined): void {
  for (const listener of [...listeners]) listener(issues);
}

/** Calls with what changes; returns what ends it. */
export function onIssueNews(listener: NewsListener): () => void {
  listeners.add(listener);
  if (listeners.size === 1) connect(false);
  return () => {
    listeners.delete(listener);
    if (listeners.size) return;
    clearTimeout(timer);
    socket?.close();
  };
}
