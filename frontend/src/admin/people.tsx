/** People of the grid, and the QR code that makes a phone theirs. */
import { useState } from 'preact/hooks';
import type { Code, Person, Post } from './api';
import { Dialog, DoneFoot, More, moment, type Section, Table, usePages, Words } from './parts';

export function People({ api, t, language }: Section) {
  const [words, setWords] = useState('');
  const [code, setCode] = useState<{ person: Person; code: Code }>();
  const { rows, problem, setProblem, more } = usePages<Person, string>(
    (after) => api.people(words, after ?? '').then(({ people, next }) => ({ rows: people, next })),
    [words, language],
    words !== '',
  );

  const post = (one: Post) => {
    const where = [one.building, one.unit].filter(Boolean).join(' ');
    const span = `${one.from}${one.until ? ` – ${one.until}` : ''}`;
    return (
      <span
        key={`${one.role}${one.grid}${one.from}`}
        class={one.in_force ? 'post' : 'post past'}
        title={span}
      >
        {t(one.role)} {where}
        {one.deputy_in_force && ` · ${t('deputy')} ${one.deputy}`}
      </span>
    );
  };
  return (
    <>
      <header class="bar">
        <Words label={t('filter')} value={words} set={setWords} />
      </header>
      <p role="alert" class="problem">
        {problem}
      </p>
      <Table
        label={t('peopleOfTheGrid')}
        columns={[t('number'), t('personName'), t('grid'), t('postOf'), t('phones'), t('actions')]}
        rows={rows}
        name={(person) => person.id}
        empty={t(words ? 'noPeopleFound' : 'noPeople')}
        loading={t('loading')}
        cells={(person) => [
          person.id,
          person.name,
          person.grid_name ?? <small>{t('none')}</small>,
          person.posts.map(post),
          person.devices || '',
          <button
            key="code"
            type="button"
            class="plain"
            aria-label={`${t('showCode')} ${person.id}`}
            onClick={() =>
              api.code(person.id).then(
                (made) => setCode({ person, code: made }),
                (error: Error) => setProblem(error.message),
              )
            }
          >
            {t('showCode')}
          </button>,
        ]}
      />
      <More t={t} more={more} />
      {code && (
        <Dialog title={`${t('codeFor')} · ${code.person.name}`} close={() => setCode(undefined)}>
          <img class="qr" src={code.code.qr} alt={`${t('showCode')} ${code.person.id}`} />
          <p>{t('codeHint')}</p>
          {!code.code.secure && <p class="warning">{t('insecure')}</p>}
          <p>
            <small>
              {t('codeUntil')} {moment(code.code.expires_at, language)}
            </small>
          </p>
          <DoneFoot t={t} close={() => setCode(undefined)} />
        </Dialog>
      )}
    </>
  );
}
