/** An issue whose class isn't sure: the likeliest ones, one of which is chosen by one click. */
import type { Key, Language } from '../i18n/catalogue';
import type { IssueClass, Step, WholeIssue } from '../issues/api';

type Props = {
  issue: WholeIssue;
  classes: IssueClass[];
  busy: boolean;
  act: (step: Step) => Promise<void>;
  t: (key: Key) => string;
  language: Language;
};

export function Doubt({ issue, classes, busy, act, t, language }: Props) {
  if (!issue.unsure || !issue.actions.some((one) => one.action === 'reclassify')) return null;
  const named = issue.candidates.slice(0, 3).flatMap(({ class: code, confidence }) => {
    const found = classes.find((one) => one.code === code);
    return found ? [{ code, confidence, name: language === 'zh' ? found.name_zh : found.name_en }] : [];
  });
  return (
    <section class="step-form" aria-label={t('dkUnsure')}>
      <h3>{t('dkChooseClass')}</h3>
      <p class="row">
        {named.map(({ code, confidence, name }) => (
          <button
            key={code}
            type="button"
            class="chip"
            disabled={busy}
            onClick={() => act({ action: 'reclassify', class: code })}
          >
            {name} <small>{Math.round(confidence * 100)}%</small>
          </button>
        ))}
      </p>
    </section>
  );
}
