/** The buttons of an issue, made from what the transition table allows, and the fields that each step asks for. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { momentOf } from '../api/clock';
import { type Key, type Language, sayValue } from '../i18n/catalogue';
import type { Action, IssueClass, IssueService, Step, Walker, WholeIssue } from '../issues/api';

/** What stands first at the desk; the rest follow as the table has them. */
const FIRST = ['dispatch', 'pass', 'rate', 'handle', 'fail'];
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
          {language === 'zh' ? action.zh : action.en}
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
  const [code, setCode] = useState(issue.candidates[1]?.class ?? issue.class);
  const [rating, setRating] = useState('满意');
  const [into, setInto] = useState(issue.alike[0] ? String(issue.alike[0].id) : '');
  const [until, setUntil] = useState('');
  const first = useRef<HTMLElement>(null);
  useEffect(() => {
    first.current?.querySelector<HTMLElement>('input, select, textarea, button')?.focus();
  }, [action.action]);
  const needs = new Set(action.needs);
  const submit = (event: Event) => {
    event.preventDefault();
    act({
      action: action.action,
      ...(note.trim() ? { note: note.trim() } : {}),
      ...(needs.has('class') ? { class: code } : {}),
      ...(needs.has('rating') ? { rating } : {}),
      ...(needs.has('into') ? { into: Number(into) } : {}),
      ...(needs.has('until') ? { until: new Date(momentOf(until)).toISOString() } : {}),
    });
  };
  return (
    <section class="step-form" ref={first} aria-label={language === 'zh' ? action.zh : action.en}>
      {action.action === 'dispatch' ? (
        <Dispatch issue={issue} service={service} act={act} busy={busy} language={language} t={t} />
      ) : (
        <form onSubmit={submit}>
          {needs.has('class') && (
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
            {language === 'zh' ? action.zh : action.en}
          </button>
        </form>
      )}
    </section>
  );
}

type DispatchProps = Omit<FormProps, 'action' | 'classes'>;

function distance(metres: number): string {
  return metres < 950 ? `${Math.round(metres / 10) * 10} m` : `${(metres / 1000).toFixed(1)} km`;
}

/** Whom to send: the nearest on duty on foot, with what they have to do already; one click sends. */
function Dispatch({ issue, service, act, busy, language, t }: DispatchProps) {
  const [found, setFound] = useState<Walker[]>();
  const [problem, setProblem] = useState('');
  const [handler, setHandler] = useState('');
  useEffect(() => {
    const given = new AbortController();
    service.workers(issue.id, given.signal).then(setFound, (error: Error) => {
      if (!given.signal.aborted) setProblem(error.message);
    });
    return () => given.abort();
  }, [issue.id, service]);
  return (
    <>
      <h3>{t('dkNearest')}</h3>
      {problem && (
        <p role="alert" class="problem">
          {problem}
        </p>
      )}
      {!found && !problem && (
        <p role="status" class="soft">
          {t('loading')}
        </p>
      )}
      {found?.length === 0 && <p class="soft">{t('dkNobody')}</p>}
      <ol class="candidates">
        {found?.map((one) => (
          <li key={one.worker}>
            <button
              type="button"
              disabled={busy}
              onClick={() => act({ action: 'dispatch', worker: one.worker })}
              data-worker={one.worker}
            >
              <b>
                {one.name} {one.own && <span class="own">{t('dkOwnGrid')}</span>}
              </b>
              {one.metres !== null && (
                <span title={one.along === 'straight' ? t('dkNoStreet') : undefined}>
                  {t('dkWalk')} {one.along === 'straight' && '≈ '}
                  {distance(one.metres)} · {one.minutes} {t('dkMinutes')}
                </span>
              )}
              <span class={one.load > 4 ? 'busy' : undefined}>
                {t('dkLoad')} {one.load}
                {one.overdue > 0 && ` · ${t('dkLate')} ${one.overdue}`}
              </span>
              <small>{sayValue(one.status, language)}</small>
            </button>
          </li>
        ))}
      </ol>
      <form
        class="to-unit"
        onSubmit={(event) => {
          event.preventDefault();
          act({ action: 'dispatch', handler: handler.trim() });
        }}
      >
        <label>
          {t('dkToUnit')}
          {issue.unit && ` · ${t('dkLikely')} ${issue.unit}`}
          <span>
            <input
              required
              value={handler}
              placeholder={t('dkUnitAccount')}
              onInput={(event) => setHandler(event.currentTarget.value)}
            />
            <button type="submit" class="chip" disabled={busy}>
              {t('dkSend')}
            </button>
          </span>
        </label>
      </form>
    </>
  );
}
