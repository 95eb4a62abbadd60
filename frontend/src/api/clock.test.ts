import { expect, test } from 'vitest';
import { beginningOf, dayOf, minuteOf, momentOf, serviceNow, setClock, today } from './clock';

test('days are the service’s, whatever the browser’s calendar and zone say', () => {
  setClock('2026-05-01T17:30:00Z', 'Asia/Shanghai');
  expect(dayOf(serviceNow())).toBe('2026-05-02');
  expect(minuteOf(serviceNow())).toBe(90);
  expect(new Date(beginningOf('2026-05-02')).toISOString()).toBe('2026-05-01T16:00:00.000Z');
  expect(today()).toBe('2026-05-02');
  expect(new Date(momentOf('2026-05-02T08:30')).toISOString()).toBe('2026-05-02T00:30:00.000Z');
  setClock(undefined, 'Europe/Berlin');
  expect(new Date(beginningOf('2026-03-29')).toISOString()).toBe('2026-03-28T23:00:00.000Z');
  expect(new Date(beginningOf('2026-03-30')).toISOString()).toBe('2026-03-29T22:00:00.000Z');
});
