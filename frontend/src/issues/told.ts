/** What a history says in words: what was done, to whom, into which issue, from which class to which, until when. */
import { type Key, type Language, say, sayValue } from '../i18n/catalogue';
import type { IssueClass, IssueEvent, WholeIssue } from './api';
import { stepName, when } from './parts';

const LEVELS = ['village', 'town', 'district'] as const;
/** What leads to another issue: detail -> word before its number. */
const LINKS: Record<string, Key> = { into: 'evInto', split_from: 'evSplitFrom' };

export type Told = {
  event: IssueEvent;
  word: string;
  /** What it says besides, one thing each. */
  facts: string[];
  links: { word: string; issue: number }[];
};

/** A step's or an event's word; never its code. */
export function actionWord(action: string, language: Language): string {
  const word = sayValue(`act_${action}`, language);
  return word === `act_${action}` ? say('act_other', language) : word;
}

/** A history in words, in the order in which it happened. */
export function toldHistory(issue: WholeIssue, classes: IssueClass[], language: Language): Told[] {
  const t = (key: Key) => say(key, language);
  const className = (code: string) => {
    const found = classes.find((one) => one.code === code);
    return found ? `${code} ${language === 'zh' ? found.name_zh : found.name_en}` : code;
  };
  // a report's first candidate is the class that it was given
  let code = issue.events.some((event) => event.details.class) ? issue.candidates[0]?.class : issue.class;
  let asked: unknown;
  const lifted = issue.events.filter((event) => event.action === 'escalate').length;
  let level = LEVELS.indexOf(issue.level) - lifted;
  return issue.events.map((event) => {
    const { action, details } = event;
    const facts: string[] = [];
    const to = event.to_name ?? details.worker ?? details.handler;
    if (to) facts.push(`${t('evTo')} ${to}`);
    const from = event.from_name ?? details.from;
    if (typeof from === 'string' && from !== to) facts.push(`${t('evFrom')} ${from}`);
    if (details.class) {
      const next = String(details.class);
      facts.push(code && code !== next ? `${className(code)} → ${className(next)}` : className(next));
      code = next;
    }
    if (action === 'escalate') {
      level += 1;
      const now = LEVELS[level];
      if (now) facts.push(`${t('evLevel')} ${t(`level_${now}`)}`);
    }
    if (action === 'ask_extension') asked = details.until;
    const until = action === 'approve' ? asked : details.until;
    if (typeof until === 'string')
      facts.push(`${t(action === 'ask_extension' ? 'evAskedUntil' : 'evUntil')} ${when(until, language)}`);
    if (typeof details.metres === 'number') {
      const far = details.metres < 1000 ? `${details.metres} m` : `${(details.metres / 1000).toFixed(1)} km`;
      facts.push(`${t('evAway')} ${far}`);
    }
    if (details.rating) facts.push(sayValue(String(details.rating), language));
    if (details.step) {
      const due = typeof details.due === 'string' ? ` ${when(details.due, language)}` : '';
      facts.push(`${stepName(String(details.step), t)}${t('evDue')}${due}`);
    }
    const links = Object.entries(LINKS).flatMap(([name, key]) => {
      const issue = details[name];
      return typeof issue === 'number' ? [{ word: t(action === 'split' ? 'evSplitOff' : key), issue }] : [];
    });
    return { event, word: actionWord(action, language), facts, links };
  });
}
