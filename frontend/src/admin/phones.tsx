/** Phones: which there are, what their positions come in, and their end. */
import { useState } from 'preact/hooks';
import type { App, Crs, Enrolled, Person, Phone } from './api';
import {
  Confirm,
  Dialog,
  DoneFoot,
  FormFoot,
  More,
  moment,
  Secret,
  type Section,
  Table,
  usePages,
  Words,
} from './parts';

const APPS: App[] = ['gridtwin', 'traccar', 'owntracks', 'overland'];
const SYSTEMS: Crs[] = ['EPSG:4326', 'GCJ-02', 'BD-09'];

/** A worker's id, chosen by a part of id, name or grid. */
function Whose({ api, t }: Pick<Section, 'api' | 't'>) {
  const [words, setWords] = useState('');
  const { rows } = usePages<Person, string>(
    () => api.people(words, '').then(({ people }) => ({ rows: people, next: null })),
    [words],
    words !== '',
  );
  return (
    <label>
      {t('worker')} · {t('number')}
      <input
        name="worker"
        list="workers-there-are"
        required
        maxLength={100}
        autocomplete="off"
        placeholder={t('workerWords')}
        value={words}
        onInput={(event) => setWords(event.currentTarget.value)}
      />
      <datalist id="workers-there-are">
        {rows?.map((person) => (
          <option key={person.id} value={person.id}>
            {[person.name, person.grid_name].filter(Boolean).join(' · ')}
          </option>
        ))}
      </datalist>
    </label>
  );
}

export function Phones({ api, t, language }: Section) {
  const [words, setWords] = useState('');
  const { rows, problem, setProblem, more, again } = usePages<Phone, number>(
    (before) => api.phones(words, before).then(({ devices, next }) => ({ rows: devices, next })),
    [words, language],
    words !== '',
  );
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
        <Words label={t('filter')} value={words} set={setWords} />
      </header>
      <p role="alert" class="problem">
        {problem}
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
        rows={rows}
        name={(phone) => phone.id}
        dim={(phone) => phone.revoked_at !== null}
        empty={t(words ? 'noneFits' : 'noPhones')}
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
                  .then(again, (error: Error) => setProblem(error.message))
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
      <More t={t} more={more} />
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
            <Whose api={api} t={t} />
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
            <FormFoot t={t} problem={failed} cancel={() => setAdding(false)} yes={t('addPhone')} />
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
          <DoneFoot t={t} close={() => setMade(undefined)} />
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
