/** From a code to a phone that is enrolled: the code is spent by the button, never by looking. */
import { useEffect, useState } from 'preact/hooks';
import type { Key } from '../i18n/catalogue';
import type { App, Enrolled, Holder, PhoneService } from './api';

const APPS: App[] = ['gridtwin', 'traccar', 'owntracks', 'overland'];

type Props = { api: PhoneService; t: (key: Key) => string; code: string; enrolled: (made: Enrolled) => void };

export function Enrol({ api, t, code, enrolled }: Props) {
  const [holder, setHolder] = useState<Holder>();
  const [app, setApp] = useState<App>('gridtwin');
  const [made, setMade] = useState<Enrolled>();
  const [problem, setProblem] = useState('');
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    api.look(code).then(setHolder, (error: Error) => setProblem(error.message));
  }, [api, code]);

  const spend = () => {
    setBusy(true);
    api.spend(code, app).then(
      (answer) => (answer.app === 'gridtwin' ? enrolled(answer) : setMade(answer)),
      (error: Error) => {
        setBusy(false);
        setProblem(error.message);
      },
    );
  };
  if (made)
    return (
      <section>
        <h2>
          {t('appReady')} · {t(made.app)}
        </h2>
        <p>{t('appHow')}</p>
        <a class="big" href={made.settings.link}>
          {t('openInApp')}
        </a>
        {made.app === 'owntracks' && (
          <a
            class="big quiet"
            download="gridtwin.otrc"
            href={`data:application/json,${encodeURIComponent(JSON.stringify(made.settings.config))}`}
          >
            {t('configFile')}
          </a>
        )}
        <dl>
          {Object.entries(made.settings)
            .filter(([name, value]) => name !== 'link' && typeof value !== 'object')
            .map(([name, value]) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{String(value)}</dd>
              </div>
            ))}
        </dl>
      </section>
    );
  return (
    <section>
      {holder && (
        <>
          <h2>{t('isThisYou')}</h2>
          <p class="name">{holder.worker_name}</p>
          <p>
            {holder.worker} {holder.grid && `· ${holder.grid}`}
          </p>
          <label>
            {t('howToSend')}
            <select value={app} onChange={(event) => setApp(event.currentTarget.value as App)}>
              {APPS.map((one) => (
                <option key={one} value={one}>
                  {t(one)}
                </option>
              ))}
            </select>
          </label>
          <button type="button" class="big" disabled={busy} onClick={spend}>
            {t('enrolThis')}
          </button>
        </>
      )}
      <p role="alert" class="problem">
        {problem}
      </p>
    </section>
  );
}
