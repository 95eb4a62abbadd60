/** My tasks (我的任务): what the worker is given, and the steps that the transition table gives to workers. */
import { useEffect, useState } from 'preact/hooks';
import type { Key, Language } from '../i18n/catalogue';
import type { Issue, IssueClass, Step, WholeIssue } from '../issues/api';
import { Countdown, nameOf, Sign, shortPlace, stepName, useNow, when } from '../issues/parts';
import { actionWord, toldHistory } from '../issues/told';
import type { PhoneService } from './api';
import type { Outbox, Waiting } from './outbox';
import { KeptPhoto } from './pictures';
import { SpotMap } from './spot-map';
import { StepForm } from './step-form';

type Props = {
  api: PhoneService;
  token: string;
  theme: 'day' | 'night';
  tasks: Issue[] | undefined;
  outbox: Outbox;
  entries: Waiting[];
  classes: IssueClass[];
  t: (key: Key) => string;
  language: Language;
  chosen: number | undefined;
  choose: (id: number | undefined) => void;
};

/** What goes first stands first: urgent, then by the next deadline. */
export function ordered(tasks: Issue[]): Issue[] {
  const due = (issue: Issue) => (issue.due_at ? new Date(issue.due_at).getTime() : Number.POSITIVE_INFINITY);
  return [...tasks].sort((a, b) => Number(b.urgent) - Number(a.urgent) || due(a) - due(b) || b.id - a.id);
}

export function Tasks(props: Props) {
  const { tasks, t, language, chosen, choose, entries } = props;
  const now = useNow();
  const open = tasks?.find((task) => task.id === chosen);
  if (open) return <Task key={open.id} {...props} task={open} now={now} />;
  if (!tasks) return <p role="status">{t('loading')}</p>;
  if (!tasks.length)
    return (
      <section class="empty">
        <svg viewBox="0 0 64 64" width="84" height="84" aria-hidden="true">
          <circle cx="32" cy="32" r="26" />
          <path d="M20 33l8 8 16-17" />
        </svg>
        <p>{t('phNoTasks')}</p>
      </section>
    );
  return (
    <ul class="tasks">
      {ordered(tasks).map((task) => {
        const waiting = entries.some((entry) => entry.issue === task.id && entry.state !== 'sent');
        return (
          <li key={task.id}>
            <button type="button" onClick={() => choose(task.id)}>
              <Sign state={task.state} code={task.class} size={40} />
              <span>
                <span class="line">
                  <b>{nameOf(task, language)}</b>
                  {task.urgent && <span class="flag">{t('issueUrgent')}</span>}
                  {'answer' in task.deadlines && <span class="flag new">{t('phNew')}</span>}
                </span>
                <span class="words">{task.text}</span>
                {task.place && <small>{shortPlace(task.place)}</small>}
                <span class="line">
                  {task.due_at && <Countdown until={task.due_at} now={now} t={t} />}
                  {waiting && <em>{t('phWaiting')}</em>}
                </span>
              </span>
            </button>
          </li>
        );
      })}
    </ul>
  );
}

const JUST_MS = 20_000;
/** Beside signing, arriving, handling and returning, as the transition table gives them to workers. */
const MORE = ['plan', 'transfer', 'ask_extension', 'comment'];

function Task({
  api,
  token,
  theme,
  task,
  outbox,
  entries,
  classes,
  t,
  language,
  choose,
  now,
}: Props & { task: Issue; now: number }) {
  const [whole, setWhole] = useState<WholeIssue>();
  const [doing, setDoing] = useState<string>();
  const under = entries.filter((entry) => entry.issue === task.id && entry.state !== 'sent');
  useEffect(() => {
    const given = new AbortController();
    api.issues.one(task.id, given.signal).then(setWhole, () => undefined);
    return () => given.abort();
  }, [api, task.id, task.version]);

  const took = new Set([
    ...(whole?.events ?? []).map((event) => event.action),
    // what was just sent is in the history a moment later
    ...entries
      .filter((entry) => entry.issue === task.id && entry.state !== 'refused')
      .filter((entry) => entry.state !== 'sent' || Date.now() - entry.made < JUST_MS)
      .map((entry) => entry.step?.action ?? ''),
  ]);
  const may = (action: string) => !whole || whole.actions.some((one) => one.action === action);
  const step = (given: Step, photos: Blob[] = []) =>
    outbox.add({ kind: 'step', issue: task.id, step: given, photos, results: [] });
  const finish = async (given: Step, photos: Blob[]) => {
    await step(given, photos);
    // what keeps the task here shows it again, with its history
    if (MORE.includes(given.action) && given.action !== 'transfer') setDoing(undefined);
    else choose(undefined);
  };
  return (
    <article class="task" aria-label={nameOf(task, language)}>
      <button
        type="button"
        class="plain back"
        onClick={() => (doing ? setDoing(undefined) : choose(undefined))}
      >
        ‹ {t('phBack')}
      </button>
      <h2>
        <Sign state={task.state} code={task.class} size={34} />
        {nameOf(task, language)}
        <small>#{task.id}</small>
      </h2>
      <p class="words">{task.text}</p>
      {doing ? (
        <StepForm
          key={doing}
          api={api}
          issue={task.id}
          worker={task.worker}
          action={doing}
          t={t}
          language={language}
          done={finish}
        />
      ) : (
        <>
          {task.photos.length > 0 && (
            <div class="photos">
              {task.photos.map((path, index) => (
                <KeptPhoto
                  key={path}
                  api={api}
                  path={path}
                  name={`${t('issuePhotoOf')} ${task.id} · ${index + 1}`}
                />
              ))}
            </div>
          )}
          <p class="dues">
            {Object.entries(task.deadlines).map(([name, until]) => (
              <Countdown key={name} until={until} now={now} t={t} label={stepName(name, t)} />
            ))}
          </p>
          {under.length > 0 && (
            <p role="status" class="hint">
              {t('phWaiting')}: {under.length}
            </p>
          )}
          <div class="steps">
            {may('sign') && !took.has('sign') && (
              <button type="button" class="big" onClick={() => step({ action: 'sign' })}>
                {t('act_sign')}
              </button>
            )}
            {may('arrive') && took.has('sign') && !took.has('arrive') && (
              <button type="button" class="big" onClick={() => step({ action: 'arrive' })}>
                {t('act_arrive')}
              </button>
            )}
            {may('handle') && (
              <button
                type="button"
                class={took.has('arrive') ? 'big' : 'big quiet'}
                onClick={() => setDoing('handle')}
              >
                {t('act_handle')}
              </button>
            )}
            {may('return') && (
              <button type="button" class="big quiet warn" onClick={() => setDoing('return')}>
                {t('act_return')}
              </button>
            )}
          </div>
          <fieldset class="guess">
            <legend>{t('phMore')}</legend>
            {MORE.filter(may).map((action) => (
              <button type="button" key={action} onClick={() => setDoing(action)}>
                {actionWord(action, language)}
              </button>
            ))}
          </fieldset>
          <p>
            <b>{task.place}</b>
          </p>
          <SpotMap token={token} theme={theme} place={{ lon: task.lon, lat: task.lat }} t={t} />
          {whole && (
            <ol class="history">
              {toldHistory(whole, classes, language).map(({ event, word, facts, links }, index) => (
                <li key={`${event.at}${event.action}${index}`}>
                  <small>
                    {when(event.at, language)} · {event.actor}
                  </small>
                  <span>
                    {[word, ...facts, ...links.map((link) => `${link.word} #${link.issue}`)].join(' ')}
                    {event.note && `：${event.note}`}
                  </span>
                </li>
              ))}
            </ol>
          )}
        </>
      )}
    </article>
  );
}
