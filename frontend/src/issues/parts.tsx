/** Pieces that show an issue: its sign, its state, its deadline. */

import { useEffect, useState } from 'preact/hooks';
import { timeZone } from '../api/clock';
import { type Key, type Language, sayValue } from '../i18n/catalogue';
import { glyphOf, OUTLINES, type State } from '../map/issue_signs';
import type { Issue } from './api';

type Say = (key: Key) => string;

/** The sign that the map shows for it. */
export function Sign({ state, code, size = 26 }: { state: State; code: string; size?: number }) {
  const { path, centre } = OUTLINES[state];
  const [x, y] = [centre[0] - 8.2, centre[1] - 8.2];
  return (
    <svg class="sign" data-state={state} viewBox="0 0 32 32" width={size} height={size} aria-hidden="true">
      <path class="outline" d={path} />
      <path class="glyph" d={glyphOf(code)} transform={`translate(${x} ${y}) scale(0.683)`} />
    </svg>
  );
}

/** A standard address without what everybody in the street knows. */
export function shortPlace(place: string | null): string {
  return (place ?? '').replace(/^.*?[省市区].*?(街道|镇|乡)/, '');
}

export function nameOf(issue: Pick<Issue, 'name_zh' | 'name_en'>, language: Language): string {
  return language === 'zh' ? issue.name_zh : issue.name_en;
}

/** The present moment, told anew every few seconds, so that what counts down counts. */
export function useNow(everyMs = 10_000): number {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}

/** A span in its two largest units. */
export function span(ms: number, t: Say): string {
  const minutes = Math.floor(Math.abs(ms) / 60_000);
  const [days, hours, rest] = [Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24, minutes % 60];
  const parts: [number, Key][] = days
    ? [
        [days, 'days'],
        [hours, 'hours'],
      ]
    : hours
      ? [
          [hours, 'hours'],
          [rest, 'minutes'],
        ]
      : [[rest, 'minutes']];
  return parts
    .filter(([amount], index) => amount || !index)
    .map(([amount, unit]) => `${amount} ${t(unit)}`)
    .join(' ');
}

const NEAR_MS = 30 * 60_000;

/** Counts down to a moment, and says by how much it is past. */
export function Countdown({ until, now, t, label }: { until: string; now: number; t: Say; label?: string }) {
  const left = new Date(until).getTime() - now;
  const tone = left < 0 ? 'late' : left < NEAR_MS ? 'soon' : 'calm';
  return (
    <time
      class={`due ${tone}`}
      dateTime={until}
      title={new Date(until).toLocaleString(undefined, timeZone())}
    >
      {label && <b>{label}</b>}
      {t(left < 0 ? 'issueLate' : 'issueLeft')} {span(left, t)}
    </time>
  );
}

const STEPS: Record<string, Key> = {
  answer: 'stepAnswer',
  arrive: 'stepArrive',
  handle: 'stepHandle',
  plan: 'stepPlan',
  check: 'stepCheck',
  rate: 'stepRate',
};

export function stepName(step: string, t: Say): string {
  const key = STEPS[step];
  return key ? t(key) : step;
}

export function StateWord({ state, language }: { state: State; language: Language }) {
  return (
    <span class="state-word" data-state={state}>
      {sayValue(state, language)}
    </span>
  );
}

export function when(at: string, language: Language): string {
  return new Intl.DateTimeFormat(language === 'zh' ? 'zh-CN' : 'en-GB', {
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    ...timeZone(),
  }).format(new Date(at));
}
