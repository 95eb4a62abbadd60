/** What was imported, by whom, and the way back. */
import { useState } from 'preact/hooks';
import { type Key, type Language, say } from '../i18n/catalogue';
import type { Imports, Run } from './api';

type Props = {
  t: (key: Key) => string;
  language: Language;
  desk: Imports;
  runs: Run[];
  changed: () => void;
};

export function History({ t, language, desk, runs, changed }: Props) {
  const [asked, setAsked] = useState<number>();
  const [problem, setProblem] = useState('');
  const when = (moment: string) => new Date(moment).toLocaleString(language === 'zh' ? 'zh-CN' : 'en');
  const undo = (number: number) => {
    setProblem('');
    desk
      .undo(number, false)
      .then(changed, (error: Error) => setProblem(error.message || t('serverAway')))
      .finally(() => setAsked(undefined));
  };
  if (!runs.length) return <p class="nothing soft">{t('plNoHistory')}</p>;
  return (
    <section class="history">
      {problem && (
        <p role="alert" class="problem">
          {problem}
        </p>
      )}
      <ul>
        {runs.map((run) => (
          <li key={run.id} class={run.undone_at ? 'undone' : ''}>
            <b>
              {say(run.kind as Key, language)} · {run.file}
            </b>
            <small>
              #{run.id} · {run.by} · {when(run.at)}
            </small>
            <small>
              {t('plAdded')} {run.added} · {t('plChanged')} {run.changed} · {t('plRemoved')} {run.removed} ·{' '}
              {t('plUnchanged')} {run.unchanged}
            </small>
            {run.undone_at ? (
              <small>
                {t('plUndone')} · {run.undone_by} · {when(run.undone_at)}
              </small>
            ) : asked === run.id ? (
              <span class="acts">
                <button type="button" class="danger" onClick={() => undo(run.id)}>
                  {t('plUndoSure')}
                </button>
                <button type="button" class="second" onClick={() => setAsked(undefined)}>
                  {t('plKeep')}
                </button>
              </span>
            ) : (
              <button
                type="button"
                class="quiet"
                aria-label={`${t('plUndo')} #${run.id}`}
                onClick={() => setAsked(run.id)}
              >
                {t('plUndo')}
              </button>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
