/** Duty on and off, the position that is sent meanwhile, and the page as an app. */
import { useEffect, useState } from 'preact/hooks';
import type { Key, Language } from '../i18n/catalogue';
import type { Duty } from './api';
import { install, onInstallable } from './install';
import type { Sent } from './sender';

type Props = {
  duty: Duty | undefined;
  sent: Sent | undefined;
  problem: string;
  toggle: () => void;
  t: (key: Key) => string;
  language: Language;
};

export function DutyPage({ duty, sent, problem, toggle, t, language }: Props) {
  const [installable, setInstallable] = useState(false);
  useEffect(() => onInstallable(setInstallable), []);
  if (!duty) return <p role="status">{problem || t('loading')}</p>;
  const clock = new Intl.DateTimeFormat(language === 'zh' ? 'zh-CN' : 'en-GB', { timeStyle: 'short' });
  return (
    <section class="duty">
      <p class={duty.on_duty ? 'state on' : 'state'} role="status">
        {t(duty.on_duty ? 'onDuty' : 'offDuty')}
      </p>
      {duty.switched_until && (
        <p>
          {t('dutyUntil')} {clock.format(new Date(duty.switched_until))}
        </p>
      )}
      <button type="button" class="big" onClick={toggle} hidden={duty.on_duty && !duty.switched_until}>
        {t(duty.switched_until ? 'goOffDuty' : 'goOnDuty')}
      </button>
      {duty.on_duty && (
        <p role="status" class="card-like">
          {sent?.problem === 'position'
            ? t('noPosition')
            : t(sent?.located ? 'sending' : 'waitingForPosition')}
          <br />
          <small>
            {t('sentCount')} {sent?.sent ?? 0} · {t('unsent')} {sent?.waiting ?? 0}
            {sent?.problem === 'away' && ` · ${t('serverAway')}`}
          </small>
        </p>
      )}
      <p>
        <small>{t('dutyHow')}</small>
      </p>
      {installable && (
        <button type="button" class="big quiet" onClick={install}>
          {t('phInstall')}
        </button>
      )}
      <p role="alert" class="problem">
        {problem}
      </p>
    </section>
  );
}
