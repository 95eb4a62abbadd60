/** The form of a step on the phone: what was done or why, photos of the result, until when, to whom. */
import { useEffect, useState } from 'preact/hooks';
import { momentOf } from '../api/clock';
import type { Key, Language } from '../i18n/catalogue';
import type { Step, Unit, Walker } from '../issues/api';
import { actionWord } from '../issues/told';
import type { PhoneService } from './api';
import { TakePhotos } from './pictures';

/** A step that asks for something: what its note is called, and what is said when that is missing. */
export const FORMS: Record<string, { note: Key; missing: Key; reasons?: Key[] }> = {
  handle: { note: 'phResult', missing: 'phSayResult' },
  return: { note: 'phReason', missing: 'phSayReason', reasons: ['phNotMine', 'phNotThere', 'phNoMeans'] },
  plan: { note: 'phPlan', missing: 'phSayPlan' },
  transfer: { note: 'phWhyPass', missing: 'phSayWhy', reasons: ['phNotMine', 'phNoMeans'] },
  ask_extension: { note: 'phWhyLater', missing: 'phSayWhy' },
  comment: { note: 'phWords', missing: 'phSayNote' },
};

type Filled = { note: string; until: string; whom: string };

/** What is still missing; undefined when the step can go. */
export function missing(action: string, { note, until, whom }: Filled, now: number): Key | undefined {
  if (action === 'transfer' && !whom) return 'phSayWhom';
  if (action === 'ask_extension' && !(momentOf(until) > now)) return 'phSayUntil';
  return note.trim() ? undefined : (FORMS[action]?.missing ?? 'phSayNote');
}

/** The step as the service takes it; `whom` is `worker:w1` or `handler:bureau`. */
export function stepOf(action: string, { note, until, whom }: Filled): Step {
  const [kind = '', ...name] = whom.split(':');
  return {
    action,
    note: note.trim(),
    ...(action === 'ask_extension' ? { until: new Date(momentOf(until)).toISOString() } : {}),
    ...(action === 'transfer' ? { [kind]: name.join(':') } : {}),
  };
}

type Props = {
  api: PhoneService;
  issue: number;
  worker: string | null;
  action: string;
  t: (key: Key) => string;
  language: Language;
  done: (step: Step, photos: Blob[]) => void;
};

export function StepForm({ api, issue, worker, action, t, language, done }: Props) {
  const [filled, setFilled] = useState<Filled>({ note: '', until: '', whom: '' });
  const [photos, setPhotos] = useState<Blob[]>([]);
  const [problem, setProblem] = useState<Key>();
  const form = FORMS[action] ?? { note: 'phWords', missing: 'phSayNote' };
  const set = (part: Partial<Filled>) => {
    setProblem(undefined);
    setFilled((was) => ({ ...was, ...part }));
  };
  return (
    <form
      aria-label={actionWord(action, language)}
      onSubmit={(event) => {
        event.preventDefault();
        const lacks = missing(action, filled, Date.now());
        setProblem(lacks);
        if (!lacks) done(stepOf(action, filled), photos);
      }}
    >
      {action === 'handle' && <TakePhotos photos={photos} change={setPhotos} t={t} label="phTakeResult" />}
      {action === 'transfer' && (
        <Whom
          api={api}
          issue={issue}
          worker={worker}
          whom={filled.whom}
          choose={(whom) => set({ whom })}
          t={t}
        />
      )}
      {action === 'ask_extension' && (
        <label class="field">
          <span>{t('phUntil')}</span>
          <input
            type="datetime-local"
            value={filled.until}
            onInput={(event) => set({ until: event.currentTarget.value })}
          />
        </label>
      )}
      {form.reasons && (
        <fieldset class="guess">
          <legend>{t(form.note)}</legend>
          {form.reasons.map((reason) => (
            <button type="button" key={reason} onClick={() => set({ note: t(reason) })}>
              {t(reason)}
            </button>
          ))}
        </fieldset>
      )}
      <label class="field">
        <span>{t(form.note)}</span>
        <textarea
          rows={3}
          maxLength={2000}
          value={filled.note}
          onInput={(event) => set({ note: event.currentTarget.value })}
        />
      </label>
      <p role="alert" class="problem">
        {problem && t(problem)}
      </p>
      <button type="submit" class="big">
        {actionWord(action, language)}
      </button>
    </form>
  );
}

type WhomProps = Pick<Props, 'api' | 'issue' | 'worker' | 't'> & {
  whom: string;
  choose: (whom: string) => void;
};

/** Colleagues on duty and handling units; asked of the service, so only online. */
function Whom({ api, issue, worker, whom, choose, t }: WhomProps) {
  const [workers, setWorkers] = useState<Walker[]>([]);
  const [units, setUnits] = useState<Unit[]>([]);
  const [away, setAway] = useState(false);
  useEffect(() => {
    const given = new AbortController();
    const failed = () => !given.signal.aborted && setAway(true);
    api.issues.workers(issue, given.signal).then(setWorkers, failed);
    api.issues.units(issue, given.signal).then(setUnits, failed);
    return () => given.abort();
  }, [api, issue]);
  return (
    <label class="field">
      <span>{t('phWhom')}</span>
      <select value={whom} onChange={(event) => choose(event.currentTarget.value)}>
        <option value="">{t('phChoose')}</option>
        <optgroup label={t('phWorkers')}>
          {workers
            .filter((one) => one.worker !== worker)
            .map((one) => (
              <option key={one.worker} value={`worker:${one.worker}`}>
                {one.name} · {t('dkLoad')} {one.load}
              </option>
            ))}
        </optgroup>
        <optgroup label={t('phUnits')}>
          {units.map((one) => (
            <option key={one.handler} value={`handler:${one.handler}`}>
              {one.name}
            </option>
          ))}
        </optgroup>
      </select>
      {away && <small>{t('phNobodyKnown')}</small>}
    </label>
  );
}
