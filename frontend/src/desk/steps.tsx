/** The buttons of an issue, made from what the transition table allows, and the fields that each step asks for. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { momentOf } from '../api/clock';
import { type Key, type Language, sayValue } from '../i18n/catalogue';
import type { Action, IssueClass, IssueService, Step, WholeIssue } from '../issues/api';
import { actionWord } from '../issues/told';
import { Send } from './send';

/** What stands first at the desk; the rest follow as the table has them. */
const FIRST = ['approve', 'refuse', 'dispatch', 'pass', 'rate', 'handle', 'fail'];
const DANGEROUS = new Set(['withdraw', 'fail', 'return', 'merge']);

export function orderedActions(actions: Action[]): Action[] {
  const rank = (action: Action) => {
    const at = FIRST.indexOf(action.action);
    return at < 0 ? FIRST.length : at;
  };
  return [...actions].sort((a, b) => rank(a) - rank(b));
}

type ButtonsProps = {
  actions: Action[];
  chosen: Action | undefined;
  choose: (action: Action | undefined) => void;
  language: Language;
  t: (key: Key) => string;
};

export function StepButtons({ actions, chosen, choose, language, t }: ButtonsProps) {
  return (
    <fieldset class="step-buttons">
      <legend class="unseen">{t('dkSteps')}</legend>
      {actions.map((action, index) => (
        <button
          type="button"
          key={action.action}
          class={DANGEROUS.has(action.action) ? 'danger' : index === 0 ? 'first' : undefined}
          aria-expanded={chosen?.action === action.action}
          onClick={() => choose(chosen?.action === action.action ? undefined : action)}
        >
          {actionWord(action.action, language)}
          {index < 9 && (
            <span class="kbd" aria-hidden="true">
              {index + 1}
            </span>
          )}
        </button>
      ))}
    </fieldset>
  );
}

type FormProps = {
  issue: WholeIssue;
  action: Action;
  service: IssueService;
  classes: IssueClass[];
  act: (step: Step) => Promise<void>;
  busy: boolean;
  language: Language;
  t: (key: Key) => string;
};

const RATINGS = ['满意', '基本满意', '不满意', '未联系'];
const NEEDLESS = new Set(['sign', 'arrive', 'pass', 'resume']);

export function StepForm({ issue, action, service, classes, act, busy, language, t }: FormProps) {
  const [note, setNote] = useState('');
  const [code, setCode] = useState(
    action.action === 'split' ? issue.class : (issue.candidates[1]?.class ?? issue.class),
  );
  const [rating, setRating] = useState('满意');
  const [into, setInto] = useState(issue.alike[0] ? String(issue.alike[0].id) : '');
  const [until, setUntil] = useState('');
  const [text, setText] = useState('');
  const first = useRef<HTMLElement>(null);
  useEffect(() => {
    first.current?.querySelector<HTMLElement>('input, select, textarea, button')?.focus();
  }, [action.action]);
  const needs = new Set(action.needs);
  const named = needs.has('class') || action.action === 'split';
  const submit = (event: Event) => {
    event.preventDefault();
    act({
      action: action.action,
      ...(note.trim() ? { note: note.trim() } : {}),
      ...(named ? { class: code } : {}),
      ...(needs.has('text') ? { text: text.trim() } : {}),
      ...(needs.has('rating') ? { rating } : {}),
      ...(needs.has('into') ? { into: Number(into) } : {}),
      ...(needs.has('until') ? { until: new Date(momentOf(until)).toISOString() } : {}),
    });
  };
  return (
    <section class="step-form" ref={first} aria-label={actionWord(action.action, language)}>
      {action.action === 'dispatch' || action.action === 'transfer' ? (
        <Send
          issue={issue}
          action={action.action}
          service={service}
          act={act}
          busy={busy}
          language={language}
          t={t}
        />
      ) : (
        <form onSubmit={submit}>
          {needs.has('text') && (
            <label>
              {t('dkPart')}
              <textarea
                rows={2}
                maxLength={2000}
                required
                value={text}
                onInput={(event) => setText(event.currentTarget.value)}
              />
            </label>
          )}
          {named && (
            <label>
              {t('issueClass')}
              <select value={code} onChange={(event) => setCode(event.currentTarget.value)}>
                {classes.map((one) => (
                  <option key={one.code} value={one.code}>
                    {one.code} {language === 'zh' ? one.name_zh : one.name_en}
                  </option>
                ))}
              </select>
            </label>
          )}
          {needs.has('rating') && (
            <fieldset class="ratings">
              <legend>{t('dkRating')}</legend>
              {RATINGS.map((one) => (
                <label key={one}>
                  <input
                    type="radio"
                    name="rating"
                    checked={rating === one}
                    onChange={() => setRating(one)}
                  />
                  {sayValue(one, language)}
                </label>
              ))}
            </fieldset>
          )}
          {needs.has('into') && (
            <label>
              {t('dkInto')}
              <input
                inputMode="numeric"
                pattern="[0-9]+"
                required
                value={into}
                onInput={(event) => setInto(event.currentTarget.value)}
              />
            </label>
          )}
          {needs.has('until') && (
            <label>
              {t('dkUntil')}
              <input
                type="datetime-local"
                required
                value={until}
                onInput={(event) => setUntil(event.currentTarget.value)}
              />
            </label>
          )}
          {(needs.has('note') || !NEEDLESS.has(action.action)) && (
            <label>
              {t(needs.has('note') ? 'dkNote' : 'dkNoteMaybe')}
              <textarea
                rows={2}
                maxLength={2000}
                required={needs.has('note')}
                value={note}
                onInput={(event) => setNote(event.currentTarget.value)}
              />
            </label>
          )}
          <button type="submit" class="main" disabled={busy}>
            {actionWord(action.action, language)}
          </button>
        </form>
      )}
    </section>
  );
}
