/** Walls: screens that sign in once by a link. */
import { useState } from 'preact/hooks';
import type { Wall } from './api';
import {
  Areas,
  Confirm,
  codes,
  Dialog,
  DoneFoot,
  FormFoot,
  moment,
  Secret,
  type Section,
  Table,
  useAnswer,
} from './parts';
import { Screens } from './screens';

export function Walls({ api, t, language }: Section) {
  const { answer, problem, again } = useAnswer(
    () => Promise.all([api.walls(), api.areas()]).then(([{ walls }, { areas }]) => ({ walls, areas })),
    [language],
  );
  const [adding, setAdding] = useState(false);
  const [failed, setFailed] = useState('');
  const [linked, setLinked] = useState<Wall>();
  const [asking, setAsking] = useState<{ wall: Wall; what: 'renew' | 'remove' }>();
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
          {t('addWall')}
        </button>
      </header>
      <p role="alert" class="problem">
        {problem}
      </p>
      <Table
        label={t('walls')}
        columns={[t('nameOf'), t('scope'), t('status'), t('lastHere'), t('actions')]}
        rows={answer?.walls}
        name={(wall) => wall.id}
        empty={t('noWalls')}
        loading={t('loading')}
        cells={(wall) => [
          wall.name,
          wall.areas.map((area) => area.name).join('、'),
          t(wall.signed_in ? 'signedIn' : wall.link_expires_at ? 'waiting' : 'signedOut'),
          moment(wall.last_seen_at, language) || <small>{t('never')}</small>,
          <span key="acts" class="acts">
            <button
              type="button"
              class="plain"
              aria-label={`${t('newLink')} ${wall.name}`}
              onClick={() => setAsking({ wall, what: 'renew' })}
            >
              {t('newLink')}
            </button>
            <button
              type="button"
              class="plain danger"
              aria-label={`${t('removeWall')} ${wall.name}`}
              onClick={() => setAsking({ wall, what: 'remove' })}
            >
              {t('removeWall')}
            </button>
          </span>,
        ]}
      />
      <Screens api={api} t={t} language={language} />
      {adding && (
        <Dialog title={t('addWall')} close={() => setAdding(false)}>
          <form
            onSubmit={(event) => {
              event.preventDefault();
              const given = new FormData(event.currentTarget);
              api.addWall(String(given.get('name')).trim(), codes(String(given.get('areas')))).then(
                (made) => {
                  setAdding(false);
                  setLinked(made);
                  again();
                },
                (error: Error) => setFailed(error.message),
              );
            }}
          >
            <label>
              {t('nameOf')}
              <input name="name" required maxLength={200} autocomplete="off" />
            </label>
            <Areas t={t} areas={answer?.areas} label={t('areaCodesOf')} required />
            <FormFoot t={t} problem={failed} cancel={() => setAdding(false)} yes={t('addWall')} />
          </form>
        </Dialog>
      )}
      {linked && (
        <Dialog title={linked.name} close={() => setLinked(undefined)}>
          <Secret t={t} label={t('wallLink')} value={linked.link ?? ''} />
          <p>{t('wallLinkHint')}</p>
          <DoneFoot t={t} close={() => setLinked(undefined)} />
        </Dialog>
      )}
      {asking && (
        <Confirm
          t={t}
          title={`${t(asking.what === 'renew' ? 'newLink' : 'removeWall')} · ${asking.wall.name}`}
          text={t(asking.what === 'renew' ? 'newLinkSure' : 'removeWallSure')}
          yes={t(asking.what === 'renew' ? 'newLink' : 'removeWall')}
          act={() =>
            asking.what === 'renew'
              ? api.renewWall(asking.wall.id).then((wall) => {
                  setLinked(wall);
                  again();
                })
              : api.removeWall(asking.wall.id).then(again)
          }
          close={() => setAsking(undefined)}
        />
      )}
    </>
  );
}
