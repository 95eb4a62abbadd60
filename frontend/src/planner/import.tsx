/** One file after the other: sent, looked at, matched, checked, imported. */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { Twin } from '../api/client';
import type { Key, Language } from '../i18n/catalogue';
import type { AreaName, Imports, Job, Outline } from './api';
import { begin, type Choice, fitting, options, together } from './choice';
import { Drop } from './drop';
import { Look } from './look';
import { Match } from './match';
import { Outcome } from './outcome';
import type { Overlay } from './overlay';

type Props = {
  t: (key: Key) => string;
  language: Language;
  desk: Imports;
  outline: Outline;
  twin: Twin;
  areas: AreaName[];
  overlay: Overlay | undefined;
  fly: (centre: [number, number], box: number[] | null) => void;
  imported: () => void;
};

const POLL_MS = 400;
const STEPS: Key[] = ['plStepFile', 'plStepLook', 'plStepMatch', 'plStepCheck', 'plStepImport'];
const busy = (job: Job) => job.state === 'waiting' || job.state === 'running';

export function Import({ t, language, desk, outline, twin, areas, overlay, fly, imported }: Props) {
  const [queue, setQueue] = useState<File[][]>([]);
  const [share, setShare] = useState<number>();
  const [problem, setProblem] = useState('');
  const [job, setJob] = useState<Job | null>(null);
  const [layerName, setLayerName] = useState('');
  const [choice, setChoice] = useState<Choice | null>(null);
  const [checked, setChecked] = useState('');
  const sending = useRef<AbortController>(null);

  const layers = job?.inspection?.layers ?? [];
  const layer = layers.find((one) => one.name === layerName) ?? layers[0];
  const wish = choice && options(choice);
  const isChecked = wish !== null && checked === JSON.stringify(wish);

  const told = useCallback(
    (error: unknown) => {
      if (error instanceof DOMException && error.name === 'AbortError') return;
      setProblem((error instanceof Error && error.message) || t('serverAway'));
    },
    [t],
  );

  /** A fresh look at a file: what was chosen for its layer begins anew. */
  const looked = useCallback(
    (seen: Job, named?: string, kind?: string) => {
      setJob(seen);
      setChecked('');
      overlay?.findings(null);
      const found = seen.inspection?.layers ?? [];
      const first = found.find((one) => one.name === named) ?? found[0];
      setLayerName(first?.name ?? '');
      const likeliest = first && (kind ?? fitting(first, outline.kinds)[0]?.name);
      setChoice(first && likeliest ? begin(seen, first, likeliest) : null);
    },
    [outline.kinds, overlay],
  );

  const send = useCallback(
    (files: File[]) => {
      const size = files.reduce((sum, file) => sum + file.size, 0);
      if (size > outline.max_bytes) {
        const most = `${Math.round(outline.max_bytes / 1048576)} MB`;
        return setProblem(t('plTooBig').replace('{limit}', most));
      }
      sending.current = new AbortController();
      setProblem('');
      setShare(0);
      desk
        .send(files, setShare, sending.current.signal)
        .then(looked, told)
        .finally(() => setShare(undefined));
    },
    [desk, looked, told, outline.max_bytes, t],
  );

  const take = (files: File[]) => {
    const [first, ...rest] = together(files);
    setQueue(rest);
    if (first) send(first);
  };

  const leave = () => {
    if (job) desk.discard(job.id).catch(() => {});
    overlay?.file(null);
    overlay?.findings(null);
    setJob(null);
    setChoice(null);
    setProblem('');
    const [next, ...rest] = queue;
    setQueue(rest);
    if (next) send(next);
  };

  useEffect(() => {
    if (!job || !busy(job)) return;
    const timer = setTimeout(() => {
      desk.job(job.id).then((now) => {
        if (busy(now)) return setJob(now);
        if (now.task === 'inspect') return looked(now);
        setJob(now);
        if (now.report)
          desk.findings(now.id).then(
            (shapes) => overlay?.findings(shapes),
            () => {},
          );
        if (now.task === 'import' && now.report && !now.report.refused) imported();
      }, told);
    }, POLL_MS);
    return () => clearTimeout(timer);
  }, [job, desk, looked, told, overlay, imported]);

  // what the service says in words is asked for again when the language changes
  useEffect(() => {
    if (job && !busy(job)) desk.job(job.id).then(setJob, told);
  }, [language]);

  const crs = choice?.crs ?? layer?.crs ?? null;
  useEffect(() => {
    if (!job || !layer || !crs || !overlay) return overlay?.file(null);
    let stale = false;
    desk.preview(job.id, layer.name, crs, choice?.swap ?? false).then(
      (shapes) => {
        if (stale) return;
        overlay.file(shapes);
        if (shapes.bbox) fly([shapes.bbox[0] ?? 0, shapes.bbox[1] ?? 0], shapes.bbox);
      },
      () => overlay.file(null),
    );
    return () => {
      stale = true;
    };
  }, [job?.id, job?.encoding, layer?.name, crs, choice?.swap, overlay]);

  const act = (task: 'check' | 'run') => {
    if (!job || !wish) return;
    setProblem('');
    overlay?.findings(null);
    if (task === 'check') setChecked(JSON.stringify(wish));
    desk[task](job.id, wish).then(setJob, told);
  };

  const done = job?.task === 'import' && job.state === 'done' && job.report && !job.report.refused;
  const step =
    !job || !layer ? 0 : done ? 4 : isChecked && job.report && !job.report.refused ? 4 : isChecked ? 3 : 2;
  return (
    <>
      <ol class="steps" aria-label={t('plSteps')}>
        {STEPS.map((key, at) => (
          <li key={key} aria-current={at === step ? 'step' : undefined} class={at < step ? 'past' : ''}>
            <span aria-hidden="true">{at < step ? '✓' : at + 1}</span>
            {t(key)}
          </li>
        ))}
      </ol>
      {problem && (
        <p role="alert" class="problem">
          {problem}
        </p>
      )}
      {!job && (
        <Drop
          t={t}
          share={share}
          max={outline.max_bytes}
          take={take}
          cancel={() => sending.current?.abort()}
        />
      )}
      {job && (
        <>
          <section class="file">
            <h2>{job.file}</h2>
            <button type="button" class="quiet" onClick={leave}>
              {queue.length ? t('plNextFile').replace('{count}', String(queue.length)) : t('plOtherFile')}
            </button>
            {job.task === 'inspect' && busy(job) && <progress aria-label={t('plLooking')} />}
            {(job.inspection?.error || (job.task === 'inspect' && job.problem)) && (
              <p role="alert" class="problem">
                {job.inspection?.error ?? job.problem}
              </p>
            )}
          </section>
          {layer && (
            <Look
              t={t}
              language={language}
              job={job}
              layer={layer}
              choice={choice}
              chooseLayer={(name) => looked(job, name)}
              readAs={(encoding) => {
                desk.inspect(job.id, encoding).then((now) => looked(now, layer.name, choice?.kind), told);
              }}
              change={(part) => setChoice((now) => now && { ...now, ...part })}
            />
          )}
          {layer && choice && (
            <Match
              t={t}
              language={language}
              layer={layer}
              kinds={outline.kinds}
              twin={twin}
              areas={areas}
              choice={choice}
              chooseKind={(kind) =>
                setChoice({ ...begin(job, layer, kind), crs: choice.crs, swap: choice.swap })
              }
              change={(part) => setChoice((now) => now && { ...now, ...part })}
            />
          )}
          {layer && choice && (
            <Outcome
              t={t}
              language={language}
              desk={desk}
              job={job}
              isChecked={isChecked}
              canCheck={
                (crs !== null || Object.keys(layer.geometry).length === 0) &&
                (choice.encoding !== null || layer.encoding_candidates.length === 0)
              }
              allowable={outline.allowable}
              allow={choice.allow}
              accept={(check) => setChoice({ ...choice, allow: [...choice.allow, check] })}
              check={() => act('check')}
              run={() => act('run')}
              cancel={() => desk.cancel(job.id).then(setJob, told)}
              show={(point) => {
                overlay?.choose(point);
                fly(point, null);
              }}
              undone={() => {
                imported();
                leave();
              }}
              next={leave}
            />
          )}
        </>
      )}
    </>
  );
}
