/** One issue: what it is, photos before and after, deadlines, what may be done, what may be the same, its history. */

import { useEffect, useRef, useState } from 'preact/hooks';
import { Problem } from '../api/client';
import { type Key, type Language, sayValue } from '../i18n/catalogue';
import type { Action, IssueClass, IssueService, Step, WholeIssue } from '../issues/api';
import { Pictures } from '../issues/card';
import { Countdown, nameOf, Sign, StateWord, stepName, when } from '../issues/parts';
import { actionWord } from '../issues/told';
import { onIssueNews } from '../map/issue_news';
import { WhoCalled } from './caller';
import { Doubt } from './doubt';
import { Facts, History, Pending } from './shown';
import { orderedActions, StepButtons, StepForm } from './steps';
import { undoing } from './undo';

export type Done = { issue: WholeIssue; said: string; undo?: () => void };

type Props = {
  id: number;
  service: IssueService;
  classes: IssueClass[];
  now: number;
  t: (key: Key) => string;
  language: Language;
  close: () => void;
  open: (id: number) => void;
  done: (done: Done) => void;
  loaded: (issue: WholeIssue) => void;
  /** Takes the function that a digit or a letter calls; 0 means dispatch. */
  keys: (act: ((digit: number) => boolean) | undefined) => void;
};

export function Detail({ id, service, classes, now, t, language, close, open, done, loaded, keys }: Props) {
  const [issue, setIssue] = useState<WholeIssue>();
  const [problem, setProblem] = useState('');
  const [conflict, setConflict] = useState(false);
  const [chosen, setChosen] = useState<Action>();
  const [busy, setBusy] = useState(false);
  const heading = useRef<HTMLHeadingElement>(null);

  const look = (signal?: AbortSignal) =>
    service.one(id, signal).then(
      (found) => {
        setIssue(found);
        setProblem('');
        setConflict(false);
      },
      (error: Error) => {
        if (!signal?.aborted) setProblem(error.message);
      },
    );
  useEffect(() => {
    const given = new AbortController();
    service.one(id, given.signal).then(
      (found) => {
        setIssue(found);
        loaded(found);
        heading.current?.focus({ preventScroll: true });
      },
      (error: Error) => {
        if (!given.signal.aborted) setProblem(error.message);
      },
    );
    const deaf = onIssueNews((changed) => {
      if (!changed || changed.some((one) => one.id === id)) look(given.signal);
    });
    return () => {
      given.abort();
      deaf();
    };
  }, [id, service]);

  const act = async (step: Step) => {
    if (!issue) return;
    setBusy(true);
    setProblem('');
    try {
      const after = await service.act(id, { version: issue.version, ...step });
      setIssue(after);
      setChosen(undefined);
      const back = undoing(step, issue, after);
      done({
        issue: after,
        said: `#${id} ${actionWord(step.action, language)}`,
        ...(back
          ? {
              undo: () =>
                service.act(id, back).then(
                  (restored) => {
                    setIssue(restored);
                    done({ issue: restored, said: `#${id} ${t('dkUndone')}` });
                  },
                  async (error: Error) => {
                    if (!(error instanceof Problem && error.status === 409)) {
                      return done({ issue: after, said: `#${id} ${error.message}` });
                    }
                    const now = await service.one(id).catch(() => after);
                    setIssue(now);
                    done({ issue: now, said: `#${id} ${t('dkUndoLate')}` });
                  },
                ),
            }
          : {}),
      });
    } catch (error) {
      setConflict(error instanceof Problem && error.status === 409);
      setProblem(error instanceof Error ? error.message : String(error));
    } finally {
      setBusy(false);
    }
  };
  const actions = issue ? orderedActions(issue.actions) : [];
  useEffect(() => {
    keys((digit) => {
      const action = digit ? actions[digit - 1] : actions.find((one) => one.action === 'dispatch');
      if (!action) return false;
      setChosen(action);
      return true;
    });
    return () => keys(undefined);
  }, [issue]);

  return (
    <aside class="panel detail" aria-label={t('issue')} aria-busy={!issue && !problem}>
      <button type="button" class="close" aria-label={t('close')} title={t('close')} onClick={close}>
        ×
      </button>
      {problem && (
        <div role="alert" class="conflict">
          <p>{problem}</p>
          {conflict && (
            <>
              <p class="soft">{t('dkConflict')}</p>
              <button type="button" class="chip" onClick={() => look()}>
                {t('dkReload')}
              </button>
            </>
          )}
        </div>
      )}
      {issue && (
        <>
          <p class="issue-head">
            <Sign state={issue.state} code={issue.class} size={34} />
            <b>{nameOf(issue, language)}</b>
            <StateWord state={issue.state} language={language} />
            {issue.urgent && <span class="flag">{t('issueUrgent')}</span>}
            {issue.supervised && <span class="flag quiet">{t('dkSupervised')}</span>}
            {issue.suspended && <span class="flag quiet">{t('dkSuspended')}</span>}
            <small>#{issue.id}</small>
          </p>
          <h2 ref={heading} tabIndex={-1}>
            {issue.text}
          </h2>
          <p class="dues">
            {Object.entries(issue.deadlines).map(([step, until]) => (
              <Countdown key={step} until={until} now={now} t={t} label={stepName(step, t)} />
            ))}
          </p>
          <Doubt issue={issue} classes={classes} busy={busy} act={act} t={t} language={language} />
          <Pending issue={issue} t={t} language={language} />
          <StepButtons actions={actions} chosen={chosen} choose={setChosen} language={language} t={t} />
          {chosen && (
            <StepForm
              key={chosen.action}
              issue={issue}
              action={chosen}
              service={service}
              classes={classes}
              act={act}
              busy={busy}
              language={language}
              t={t}
            />
          )}
          <Pictures issue={issue} t={t} />
          {issue.alike.length > 0 && issue.actions.some((one) => one.action === 'merge') && (
            <section class="alike">
              <h3>{t('dkAlike')}</h3>
              {issue.alike.map((one) => (
                <article key={one.id}>
                  {one.photo && <img src={one.photo} alt="" width="52" height="52" loading="lazy" />}
                  <button type="button" class="link" onClick={() => open(one.id)}>
                    <b>
                      #{one.id} · {one.metres} m
                    </b>
                    <span>{one.text}</span>
                    <small>
                      {when(one.at, language)} · {sayValue(one.state, language)}
                    </small>
                  </button>
                  <button
                    type="button"
                    class="chip"
                    disabled={busy}
                    onClick={() => act({ action: 'merge', into: one.id })}
                  >
                    {t('dkMerge')}
                  </button>
                </article>
              ))}
            </section>
          )}
          <Facts issue={issue} classes={classes} open={open} t={t} language={language} />
          {issue.caller && <WhoCalled id={id} masked={issue.caller} service={service} t={t} />}
          <History issue={issue} classes={classes} open={open} t={t} language={language} />
        </>
      )}
    </aside>
  );
}
