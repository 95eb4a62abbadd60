/** People of the grid, and the QR code that makes a phone theirs. */
import { useEffect, useState } from 'preact/hooks';
import type { Code, Person, Post } from './api';
import { Dialog, moment, type Section, Table } from './parts';

export function People({ api, t, language }: Section) {
  const [words, setWords] = useState('');
  const [people, setPeople] = useState<Person[]>();
  const [next, setNext] = useState<string | null>(null);
  const [problem, setProblem] = useState('');
  const [code, setCode] = useState<{ person: Person; code: Code }>();

  const read = (after: string, kept: Person[]) =>
    api.people(words, after).then(
      (page) => {
        setPeople([...kept, ...page.people]);
        setNext(page.next);
        setProblem('');
      },
      (error: Error) => setProblem(error.message),
    );
  useEffect(() => {
    const timer = setTimeout(() => read('', []), words ? 200 : 0);
    return () => clearTimeout(timer);
  }, [words, language]);

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
        <input
          type="search"
          placeholder={t('filter')}
          aria-label={t('filter')}
          value={words}
          onInput={(event) => setWords(event.currentTarget.value)}
        />
      </header>
      <p role="alert" class="problem">
        {problem}
      </p>
      <Table
        label={t('peopleOfTheGrid')}
        columns={[t('number'), t('personName'), t('grid'), t('postOf'), t('phones'), t('actions')]}
        rows={people}
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
      {next && (
        <button type="button" class="plain" onClick={() => read(next, people ?? [])}>
          {t('more')}
        </button>
      )}
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
          <footer>
            <button type="button" class="main" onClick={() => setCode(undefined)}>
              {t('done')}
            </button>
          </footer>
        </Dialog>
      )}
    </>
  );
}
