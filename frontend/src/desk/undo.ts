/** What takes a step back, where the transition table allows it. */
import type { Step, WholeIssue } from '../issues/api';

/** The step that undoes `step`, which led from `before` to `after`; undefined when there is none. */
export function undoing(step: Step, before: WholeIssue, after: WholeIssue): Step | undefined {
  const may = (action: string) => after.actions.some((one) => one.action === action);
  if (step.action === 'dispatch' && may('dispatch')) {
    if (before.worker && before.worker !== after.worker) return { action: 'dispatch', worker: before.worker };
    return undefined;
  }
  if (step.action === 'reclassify' && before.class !== after.class && may('reclassify'))
    return { action: 'reclassify', class: before.class };
  if (step.action === 'suspend' && may('resume')) return { action: 'resume' };
  return undefined;
}
