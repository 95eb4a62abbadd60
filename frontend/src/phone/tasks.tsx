/** My tasks (我的任务): what the worker is given, signed for, reached, handled with photo and note, or returned. */
import { useEffect, useState } from 'preact/hooks';
import type { Key, Language } from '../i18n/catalogue';
import type { Issue, WholeIssue } from '../issues/api';
import { Countdown, nameOf, Sign, shortPlace, stepName, useNow, when } from '../issues/parts';
import type { PhoneService } from './api';
import type { Outbox, Waiting } from './outbox';
import { KeptPhoto, TakePhotos } from './pictures';
import { SpotMap } from './spot-map';

type Props = {
  api: PhoneService;
  token: string;
  theme: 'day' | 'night';
  tasks: Issue[] | undefined;
  outbox: Outbox;
  entries: Waiting[];
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
const REASONS: Key[] = ['phNotMine', 'phNotThere', 'phNoMeans'];

function Task({
  api,
  token,
  theme,
  task,
  outbox,
  entries,
  t,
  language,
  choose,
  now,
}: Props & { task: Issue; now: number }) {
  const [whole, setWhole] = useState<WholeIssue>();
  const [doing, setDoing] = useState<'handle' | 'return'>();
  const [note, setNote] = useState('');
  const [photos, setPhotos] = useState<Blob[]>([]);
  const [problem, setProblem] = useState<Key>();
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
  const step = async (action: string, more: { note?: string; photos?: Blob[] } = {}) => {
    await outbox.add({
      kind: 'step',
      issue: task.id,
      step: { action, ...(more.note ? { note: more.note } : {}) },
      photos: more.photos ?? [],
      results: [],
    });
  };
  const finish = async (event: Event) => {
    event.preventDefault();
    if (!note.trim()) return setProblem(doing === 'return' ? 'phSayReason' : 'phSayResult');
    await step(doing as string, { note: note.trim(), photos });
    choose(undefined);
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
        <form onSubmit={finish}>
          {doing === 'handle' && <TakePhotos photos={photos} change={setPhotos} t={t} label="phTakeResult" />}
          {doing === 'return' && (
            <fieldset class="guess">
              <legend>{t('phReason')}</legend>
              {REASONS.map((reason) => (
                <button type="button" key={reason} onClick={() => setNote(t(reason))}>
                  {t(reason)}
                </button>
              ))}
            </fieldset>
          )}
          <label class="field">
            <span>{t(doing === 'handle' ? 'phResult' : 'phReason')}</span>
            <textarea
              rows={3}
              maxLength={2000}
              value={note}
              onInput={(event) => setNote(event.currentTarget.value)}
            />
          </label>
          <p role="alert" class="problem">
            {problem && t(problem)}
          </p>
          <button type="submit" class="big">
            {t(doing === 'handle' ? 'phHandle' : 'phReturn')}
          </button>
        </form>
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
              <button type="button" class="big" onClick={() => step('sign')}>
                {t('phSign')}
              </button>
            )}
            {may('arrive') && took.has('sign') && !took.has('arrive') && (
              <button type="button" class="big" onClick={() => step('arrive')}>
                {t('phArrive')}
              </button>
            )}
            {may('handle') && (
              <button
                type="button"
                class={took.has('arrive') ? 'big' : 'big quiet'}
                onClick={() => setDoing('handle')}
              >
                {t('phHandle')}
              </button>
            )}
            {may('return') && (
              <button type="button" class="big quiet warn" onClick={() => setDoing('return')}>
                {t('phReturn')}
              </button>
            )}
          </div>
          <p>
            <b>{task.place}</b>
          </p>
          <SpotMap token={token} theme={theme} place={{ lon: task.lon, lat: task.lat }} t={t} />
          {whole && (
            <ol class="history">
              {whole.events.map((event) => (
                <li key={event.at + event.action}>
                  <small>
                    {when(event.at, language)} · {event.actor}
                  </small>
                  <span>
                    {t(EVENTS[event.action] ?? 'phStep')}
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

const EVENTS: Record<string, Key> = {
  report: 'issueReported',
  sign: 'phSign',
  arrive: 'phArrive',
  dispatch: 'evDispatch',
  return: 'phReturn',
  handle: 'phHandle',
  fail: 'evFail',
  supervise: 'evSupervise',
  extend: 'evExtend',
  comment: 'evComment',
  reclassify: 'evReclassify',
  escalate: 'evEscalate',
  handover: 'evHandover',
};
