/** Who called the hotline about an issue: masked, and in full on request. */
import { useState } from 'preact/hooks';
import type { Key } from '../i18n/catalogue';
import type { Caller, IssueService } from '../issues/api';

type CalledProps = { id: number; masked: Caller; service: IssueService; t: (key: Key) => string };

/** Who called, masked as the service tells it; in full on request, which the service records. */
export function WhoCalled({ id, masked, service, t }: CalledProps) {
  const [full, setFull] = useState<Caller>();
  const [why, setWhy] = useState('');
  const [problem, setProblem] = useState('');
  const shown = full ?? masked;
  const readFull = (event: Event) => {
    event.preventDefault();
    service.caller(id, why.trim()).then(
      (found) => {
        setFull(found);
        setProblem('');
      },
      (error: Error) => setProblem(error.message),
    );
  };
  return (
    <section class="step-form" aria-label={t('dkCaller')}>
      <h3>{t('dkCaller')}</h3>
      <p>
        <b>{shown.name ?? '—'}</b> {shown.phone ?? '—'}
      </p>
      {problem && (
        <p role="alert" class="problem">
          {problem}
        </p>
      )}
      {!full && (
        <form class="to-unit" onSubmit={readFull}>
          <label>
            {t('dkCallerWhy')}
            <span>
              <input maxLength={200} value={why} onInput={(event) => setWhy(event.currentTarget.value)} />
              <button type="submit" class="chip">
                {t('dkCallerRead')}
              </button>
            </span>
          </label>
        </form>
      )}
    </section>
  );
}
