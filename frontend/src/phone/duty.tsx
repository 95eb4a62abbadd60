/** Duty on and off, and the position that is sent meanwhile. */
import { useEffect, useState } from 'preact/hooks';
import { Problem } from '../api/client';
import type { Key, Language } from '../i18n/catalogue';
import type { Duty, PhoneService } from './api';
import { type Sent, send } from './sender';

type Props = { api: PhoneService; t: (key: Key) => string; language: Language; revoked: () => void };

export function DutyPage({ api, t, language, revoked }: Props) {
  const [duty, setDuty] = useState<Duty>();
  const [sent, setSent] = useState<Sent>();
  const [problem, setProblem] = useState('');
  const failed = (error: unknown) => {
    if (error instanceof Problem && error.status === 401) return revoked();
    setProblem(error instanceof Error ? error.message : String(error));
  };
  const taken = (now: Duty) => {
    setDuty(now);
    setProblem('');
  };
  useEffect(() => {
    const look = () => api.duty().then(taken, failed);
    look();
    const timer = setInterval(look, 30_000);
    return () => clearInterval(timer);
  }, [api]);
  useEffect(() => (duty?.on_duty ? send(api, setSent) : undefined), [api, duty?.on_duty]);
  useEffect(() => {
    if (sent?.problem === 'revoked') revoked();
  }, [sent?.problem]);

  if (!duty) return <p role="status">{problem || t('loading')}</p>;
  const clock = new Intl.DateTimeFormat(language === 'zh' ? 'zh-CN' : 'en-GB', { timeStyle: 'short' });
  return (
    <section>
      <p class={duty.on_duty ? 'state on' : 'state'} role="status">
        {t(duty.on_duty ? 'onDuty' : 'offDuty')}
      </p>
      {duty.switched_until && (
        <p>
          {t('dutyUntil')} {clock.format(new Date(duty.switched_until))}
        </p>
      )}
      <button
        type="button"
        class="big"
        onClick={() => api.switchDuty(!duty.switched_until).then(taken, failed)}
        hidden={duty.on_duty && !duty.switched_until}
      >
        {t(duty.switched_until ? 'goOffDuty' : 'goOnDuty')}
      </button>
      <p>
        <small>{t('dutyHow')}</small>
      </p>
      {duty.on_duty && (
        <p role="status">
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
      <p role="alert" class="problem">
        {problem}
      </p>
    </section>
  );
}
