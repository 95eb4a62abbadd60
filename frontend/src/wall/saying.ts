/** Numbers, moments and sentences with a blank in them, as the wall writes them. */

import { dayOf, serviceNow, timeZone } from '../api/clock';
import { type Key, type Language, say } from '../i18n/catalogue';

export type Say = (key: Key, blanks?: Record<string, string | number>) => string;

export function speaker(language: Language): Say {
  return (key, blanks = {}) =>
    say(key, language).replace(/\{(\w+)\}/g, (_, name: string) => String(blanks[name] ?? ''));
}

const locale = (language: Language) => (language === 'zh' ? 'zh-CN' : 'en-GB');

export const count = (value: number, language: Language) => value.toLocaleString(locale(language));

export function hour(at: number | Date, language: Language, seconds = false): string {
  return new Date(at).toLocaleTimeString(locale(language), {
    hour: '2-digit',
    minute: '2-digit',
    ...(seconds ? { second: '2-digit' } : {}),
    hour12: false,
    ...timeZone(),
  });
}

export function day(at: number, language: Language): string {
  const options = { year: 'numeric', month: 'long', day: 'numeric', weekday: 'long', ...timeZone() } as const;
  return new Date(at).toLocaleDateString(
    locale(language),
    language === 'zh' ? options : { ...options, month: 'short' },
  );
}

/** A moment in a list: only the hour today, with the day before. */
export function moment(at: string | number, language: Language, now = serviceNow()): string {
  const then = new Date(at);
  if (dayOf(then.getTime()) === dayOf(now)) return hour(then, language);
  const day = then.toLocaleDateString(locale(language), { month: '2-digit', day: '2-digit', ...timeZone() });
  return `${day} ${hour(then, language)}`;
}

/** How long ago, in the coarsest unit that says something. */
export function ago(at: string, say: Say, now = serviceNow()): string {
  const minutes = Math.floor((now - new Date(at).getTime()) / 60_000);
  if (minutes < 1) return say('wlJustNow');
  if (minutes < 60) return say('wlMinutesAgo', { n: minutes });
  if (minutes < 48 * 60) return say('wlHoursAgo', { n: Math.floor(minutes / 60) });
  return say('wlDaysAgo', { n: Math.floor(minutes / 1440) });
}
