import { expect, test } from 'vitest';
import { missing, stepOf } from './step-form';

const NOW = Date.parse('2026-03-02T08:00:00Z');
const filled = { note: ' 等配件 ', until: '2026-03-05T18:00', whom: 'worker:a:1' };

test('a step bears what the service asks for', () => {
  expect(stepOf('comment', filled)).toEqual({ action: 'comment', note: '等配件' });
  expect(stepOf('transfer', filled)).toEqual({ action: 'transfer', note: '等配件', worker: 'a:1' });
  expect(stepOf('transfer', { ...filled, whom: 'handler:bureau' })).toMatchObject({ handler: 'bureau' });
  const { until } = stepOf('ask_extension', filled);
  expect(Date.parse(String(until))).toBe(new Date(2026, 2, 5, 18).getTime());
});

test('what is missing is said', () => {
  expect(missing('plan', filled, NOW)).toBeUndefined();
  expect(missing('plan', { ...filled, note: ' ' }, NOW)).toBe('phSayPlan');
  expect(missing('transfer', { ...filled, whom: '' }, NOW)).toBe('phSayWhom');
  expect(missing('ask_extension', { ...filled, until: '' }, NOW)).toBe('phSayUntil');
  expect(missing('ask_extension', { ...filled, until: '2020-01-01T00:00' }, NOW)).toBe('phSayUntil');
});
