/** What the rules of issues are called. */
import { type Key, type Language, say, sayValue } from '../i18n/catalogue';
import type { Limit, LimitLevel, LimitStep, LimitUnit, Shape } from './rules_api';

export const STEPS: Record<LimitStep, Key> = {
  answer: 'stepAnswer',
  arrive: 'stepArrive',
  handle: 'stepHandle',
  plan: 'stepPlan',
  check: 'stepCheck',
  rate: 'stepRate',
};
export const LEVELS: Record<LimitLevel, Key> = {
  village: 'ruVillage',
  town: 'ruTown',
  district: 'ruDistrict',
};
export const UNITS: Record<LimitUnit, Key> = {
  minute: 'ruMinute',
  hour: 'ruHour',
  working_hour: 'ruWorkingHour',
  working_day: 'ruWorkingDay',
};

/** An amount of time in words: 4 工作小时, 1 working day. */
export function sayAmount({ amount, unit }: Pick<Limit, 'amount' | 'unit'>, language: Language): string {
  const word = say(UNITS[unit], language);
  return `${amount} ${language === 'en' && amount === 1 ? word.replace(/s$/, '') : word}`;
}

export const SHAPES: Record<Shape, Key> = {
  json: 'ruJson',
  wecom: 'ruWecom',
  dingtalk: 'ruDingtalk',
  sms: 'ruSms',
};

/** What happened to an issue, in words. */
export function sayAction(action: string, language: Language): string {
  const key = `act_${action}`;
  const word = sayValue(key, language);
  return word === key ? action : word;
}
