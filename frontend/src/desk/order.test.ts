import { expect, test } from 'vitest';
import type { Issue } from '../issues/api';
import { initialFilter } from './address';
import { joined, pressing } from './order';

const issue = (id: number, urgent = false) => ({ id, urgent }) as Issue;
const ids = (issues: Issue[]) => issues.map((one) => one.id);

test('urgent ones stand first, each once, on every page', () => {
  const first = joined([issue(2, true), issue(7, true), issue(5)], [issue(9), issue(7, true), issue(5)]);
  expect(ids(first)).toEqual([2, 7, 9, 5]);
  expect(ids(joined(first, [issue(4), issue(2, true), issue(1)], true))).toEqual([2, 7, 9, 5, 4, 1]);
});

test('archived ones are never pressing', () => {
  expect(pressing(initialFilter)).toBe(true);
  expect(pressing({ ...initialFilter, states: ['已归档'] })).toBe(false);
});
