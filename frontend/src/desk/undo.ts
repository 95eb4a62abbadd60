/** What takes a step back, where the transition table allows it. */
import type { Step, WholeIssue } from '../issues/api';

/** The step that undoes `step`, which led from `before` to `after`; undefined when there is none.
 *
 * It bears the version that the step left: whoever did something since isn't overruled (409).
 */
export function undoing(step: Step, before: WholeIssue, after: WholeIssue): Step | undefined {
  const back = stepBack(step, before, after);
  return back && { ...back, version: after.version };
}

function stepBack(step: Step, before: WholeIssue, after: WholeIssue): Step | undefined {
  const may = (action: string) => after.actions.some((one) => one.action === action);
  if ((step.action === 'dispatch' || step.action === 'transfer') && may('dispatch')) {
    if (before.worker === after.worker && before.handler === after.handler) return undefined;
    if (before.worker) return { action: 'dispatch', worker: before.worker };
    return before.handler ? { action: 'dispatch', handler: before.handler } : undefined;
  }
  if (step.action === 'reclassify' && before.class !== after.class && may('reclassify'))
    return { action: 'reclassify', class: before.class };
  if (step.action === 'suspend' && may('resume')) return { action: 'resume' };
  return undefined;
}
