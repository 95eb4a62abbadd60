/** What interrupts: something urgent with its photo, or what another centre shows. */
import type { Here } from './context';
import { ago } from './saying';
import type { Stage } from './stage';

export function Interrupted({ here, stage, photos }: { here: Here; stage: Stage; photos: boolean }) {
  const { say, language } = here;
  const held = stage.interruption;
  if (!held) return null;
  if (held.kind === 'sent') {
    return (
      <div class="wl-alarm sent" role="status">
        <div>
          <strong>{held.sent.name}</strong>
          <p>{say('wlSentBy', { who: held.sent.by })}</p>
        </div>
        <button type="button" onClick={stage.back}>
          {say('wlBack')}
        </button>
      </div>
    );
  }
  const { issue } = held;
  return (
    <div class="wl-alarm" role="alert">
      {photos && issue.photos[0] && <img src={issue.photos[0]} alt="" width="160" height="120" />}
      <div>
        <strong>
          <mark>{say('wlUrgent')}</mark>
          {language === 'zh' ? issue.name_zh : issue.name_en}
        </strong>
        <p>{issue.text}</p>
        <p class="soft">
          {issue.place} · {ago(issue.at, say, here.now)}
        </p>
      </div>
      <button type="button" onClick={stage.back}>
        {say('wlBack')}
      </button>
    </div>
  );
}
