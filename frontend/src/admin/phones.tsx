/** Phones: which there are, what their positions come in, and their end. */
import { useState } from 'preact/hooks';
import type { App, Crs, Enrolled, Phone } from './api';
import { Confirm, Dialog, moment, Secret, type Section, Table, useAnswer } from './parts';

const APPS: App[] = ['gridtwin', 'traccar', 'owntracks', 'overland'];
const SYSTEMS: Crs[] = ['EPSG:4326', 'GCJ-02', 'BD-09'];

export function Phones({ api, t, language }: Section) {
  const { answer, problem, again } = useAnswer(() => api.phones(), [language]);
  const [adding, setAdding] = useState(false);
  const [made, setMade] = useState<Enrolled>();
  const [ending, setEnding] = useState<Phone>();
  const [failed, setFailed] = useState('');
  return (
    <>
      <header class="bar">
        <button
          type="button"
          class="main"
          onClick={() => {
            setFailed('');
            setAdding(true);
          }}
        >
          {t('addPhone')}
        </button>
      </header>
      <p role="alert" class="problem">
        {problem || failed}
      </p>
      <Table
        label={t('phones')}
        columns={[
          t('number'),
          t('worker'),
          t('grid'),
          t('app'),
          t('crs'),
          t('lastSeen'),
          t('status'),
          t('actions'),
        ]}
        rows={answer?.devices}
        name={(phone) => phone.id}
        dim={(phone) => phone.revoked_at !== null}
        empty={t('noPhones')}
        loading={t('loading')}
        cells={(phone) => [
          phone.id,
          `${phone.worker_name} · ${phone.worker}`,
          phone.grid ?? '',
          t(phone.app),
          phone.revoked_at ? (
            phone.crs
          ) : (
            <select
              key="crs"
              aria-label={`${t('crs')} ${phone.id}`}
              value={phone.crs}
              onChange={(event) =>
                api
                  .changePhone(phone.id, { crs: event.currentTarget.value as Crs })
                  .then(again, (error: Error) => setFailed(error.message))
              }
            >
              {SYSTEMS.map((system) => (
                <option key={system}>{system}</option>
              ))}
            </select>
          ),
          moment(phone.last_seen_at, language) || <small>{t('never')}</small>,
          t(phone.revoked_at ? 'revoked' : 'active'),
          !phone.revoked_at && (
            <button
              key="revoke"
              type="button"
              class="plain danger"
              aria-label={`${t('revoke')} ${phone.id}`}
              onClick={() => setEnding(phone)}
            >
              {t('revoke')}
            </button>
          ),
        ]}
      />
      {adding && (
        <Dialog title={t('addPhone')} close={() => setAdding(false)}>
          <form
            onSubmit={(event) => {
              event.preventDefault();
              const given = new FormData(event.currentTarget);
              api.addPhone(String(given.get('worker')).trim(), String(given.get('app')) as App).then(
                (phone) => {
                  setAdding(false);
                  setMade(phone);
                  again();
                },
                (error: Error) => setFailed(error.message),
              );
            }}
          >
            <p>{t('addPhoneHint')}</p>
            <label>
              {t('worker')} · {t('number')}
              <input name="worker" required maxLength={100} autocomplete="off" />
            </label>
            <label>
              {t('app')}
              <select name="app">
                {APPS.map((app) => (
                  <option key={app} value={app}>
                    {t(app)}
                  </option>
                ))}
              </select>
            </label>
            <p role="alert" class="problem">
              {failed}
            </p>
            <footer>
              <button type="button" class="plain" onClick={() => setAdding(false)}>
                {t('cancel')}
              </button>
              <button type="submit" class="main">
                {t('addPhone')}
              </button>
            </footer>
          </form>
        </Dialog>
      )}
      {made && (
        <Dialog title={`${t('settingsToType')} · ${t(made.app)}`} close={() => setMade(undefined)}>
          <img class="qr" src={made.qr} alt={t('showCode')} />
          {Object.entries(made.settings)
            .filter(([name, value]) => name !== 'link' && typeof value !== 'object')
            .map(([name, value]) => (
              <Secret key={name} t={t} label={name} value={String(value)} />
            ))}
          {!made.secure && <p class="warning">{t('insecure')}</p>}
          <footer>
            <button type="button" class="main" onClick={() => setMade(undefined)}>
              {t('done')}
            </button>
          </footer>
        </Dialog>
      )}
      {ending && (
        <Confirm
          t={t}
          title={`${t('revoke')} · ${ending.worker_name}`}
          text={t('revokePhone')}
          yes={t('revoke')}
          act={() => api.revokePhone(ending.id).then(again)}
          close={() => setEnding(undefined)}
        />
      )}
    </>
  );
}
