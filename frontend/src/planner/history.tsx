/** What was imported, by whom, and the way back. */
import { timeZone } from '../api/clock';
import { type Key, type Language, say } from '../i18n/catalogue';
import type { Imports, Run } from './api';
import { Undo } from './undo';

type Props = {
  t: (key: Key) => string;
  language: Language;
  desk: Imports;
  runs: Run[];
  changed: () => void;
};

export function History({ t, language, desk, runs, changed }: Props) {
  const when = (moment: string) =>
    new Date(moment).toLocaleString(language === 'zh' ? 'zh-CN' : 'en', timeZone());
  if (!runs.length) return <p class="nothing soft">{t('plNoHistory')}</p>;
  return (
    <section class="history">
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
            ) : (
              <Undo t={t} language={language} desk={desk} number={run.id} quiet undone={changed} />
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
