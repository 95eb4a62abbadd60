import { expect, test } from 'vitest';
import type { WholeIssue } from '../issues/api';
import { undoing } from './undo';

const actions = ['dispatch', 'reclassify', 'resume'].map((action) => ({ action }));
const issue = (more: object) =>
  ({ version: 4, class: '0102', worker: null, handler: null, actions, ...more }) as unknown as WholeIssue;

test('what takes a step back bears the version that the step left', () => {
  const after = issue({ version: 5, class: '0110', worker: 'w2' });
  expect(undoing({ action: 'reclassify', class: '0110' }, issue({}), after)).toEqual({
    action: 'reclassify',
    class: '0102',
    version: 5,
  });
  expect(undoing({ action: 'suspend' }, issue({}), after)).toEqual({ action: 'resume', version: 5 });
  expect(undoing({ action: 'transfer', worker: 'w2' }, issue({ handler: 'bureau' }), after)).toEqual({
    action: 'dispatch',
    handler: 'bureau',
    version: 5,
  });
  expect(undoing({ action: 'dispatch', worker: 'w2' }, issue({}), after)).toBeUndefined();
  expect(undoing({ action: 'pass' }, issue({}), after)).toBeUndefined();
});
