/** One issue: its words and photos, where it stands, and every step that was taken. */
import type { Issue } from './answers';
import type { Here } from './context';
import { stateName } from './issues';
import { moment } from './saying';
import { useTold } from './sources';

type Event = {
  action: string;
  from_state: string | null;
  to_state: string;
  actor: string;
  at: string;
  note: string;
};
type Whole = Issue & {
  events: Event[];
  result: string | null;
  rating: string | null;
  unit: string;
  version: number;
};

const STEPS: Record<string, [zh: string, en: string]> = {
  report: ['上报', 'Reported'],
  sign: ['签收', 'Signed for'],
  arrive: ['到场', 'On site'],
  dispatch: ['派单', 'Dispatched'],
  return: ['退回', 'Returned'],
  handle: ['处理完成', 'Handled'],
  pass: ['核查通过', 'Check passed'],
  fail: ['核查不通过', 'Check failed'],
  rate: ['评价', 'Rated'],
  merge: ['合并', 'Merged'],
  withdraw: ['撤回', 'Withdrawn'],
  reclassify: ['改类别', 'Class changed'],
  escalate: ['上报上级', 'Escalated'],
  extend: ['延期', 'Extended'],
  supervise: ['督办', 'Supervised'],
  suspend: ['挂账', 'Suspended'],
  resume: ['恢复', 'Resumed'],
  comment: ['备注', 'Note'],
  handover: ['网格员变更，改派', 'Another worker in the grid'],
};

export function IssueCard({
  here,
  id,
  turn,
  photos,
  close,
}: {
  here: Here;
  id: number;
  turn: number;
  photos: boolean;
  close: () => void;
}) {
  const { say, language } = here;
  const told = useTold<Whole>(`/api/issues/${id}`, language, 30_000, turn);
  const one = told.value;
  return (
    <section class="wl-pop wl-one" aria-label={say('wlIssue')}>
      <header>
        <h3>{one ? (language === 'zh' ? one.name_zh : one.name_en) : say('wlIssue')}</h3>
        <button type="button" class="wl-do" onClick={close}>
          {say('close')}
        </button>
      </header>
      {told.refused && <p role="alert">{told.refused.message}</p>}
      {one && (
        <>
          <p class={`dot s${['待处理', '待核查', '待评价', '已归档'].indexOf(one.state)}`}>
            {one.urgent && <mark>{say('wlUrgent')}</mark>}
            {stateName(one.state, here)}
            {one.unit && <small> · {one.unit}</small>}
          </p>
          {(photos ? one.photos : []).map((photo) => (
            <img key={photo} src={photo} alt={one.text} width="360" height="240" loading="lazy" />
          ))}
          <p class="words">{one.text}</p>
          <p class="soft">{one.place}</p>
          {Object.entries(one.deadlines)
            .sort(([, a], [, b]) => a.localeCompare(b))
            .slice(0, 1)
            .map(([step, at]) => (
              <p key={step} class={new Date(at).getTime() < here.now ? 'late' : 'soft'}>
                {say('wlDeadline')} {moment(at, language)}
              </p>
            ))}
          <ol class="steps">
            {one.events.map((event) => (
              <li key={event.at + event.action}>
                <time dateTime={event.at}>{moment(event.at, language)}</time>
                <b>{STEPS[event.action]?.[language === 'zh' ? 0 : 1] ?? event.action}</b>
                <span>{event.actor}</span>
                {event.note && <p>{event.note}</p>}
              </li>
            ))}
          </ol>
        </>
      )}
    </section>
  );
}
