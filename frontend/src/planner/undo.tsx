/** The way back from an import: asked twice, and when it is refused, why and what can be done. */
import { useState } from 'preact/hooks';
import { Problem } from '../api/client';
import type { Key, Language } from '../i18n/catalogue';
import type { Finding, Imports } from './api';
import { inPlace } from './remedies';

type Props = {
  t: (key: Key) => string;
  language: Language;
  desk: Imports;
  number: number;
  quiet?: boolean;
  undone: () => void;
};

/** What is in the way, but may be overruled by whoever has looked at it. */
const OVERRULED = 'changed-since';

export function Undo({ t, language, desk, number, quiet = false, undone }: Props) {
  const [asked, setAsked] = useState(false);
  const [problem, setProblem] = useState('');
  const [reasons, setReasons] = useState<Finding[]>([]);
  const undo = (yes: boolean) => {
    setProblem('');
    setReasons([]);
    desk.undo(number, yes).then(undone, (error: unknown) => {
      const found = error instanceof Problem ? ((error.members.findings as Finding[] | undefined) ?? []) : [];
      setReasons(found.filter((one) => one.severity === 'error'));
      setProblem(
        found.length ? t('plUndoRefused') : (error instanceof Error && error.message) || t('serverAway'),
      );
    });
  };
  const mayOverrule = reasons.length > 0 && reasons.every((one) => one.check === OVERRULED);
  if (!asked)
    return (
      <button
        type="button"
        class={quiet ? 'quiet' : 'second'}
        aria-label={quiet ? `${t('plUndo')} #${number}` : undefined}
        onClick={() => setAsked(true)}
      >
        {t('plUndo')}
      </button>
    );
  return (
    <span class="undo">
      {problem && (
        <span role="alert" class="problem">
          {problem}
          {reasons.map((one) => (
            <small key={`${one.check} ${one.where}`}>
              {one.message} {inPlace(one.remedy, language)}
            </small>
          ))}
        </span>
      )}
      <span class="acts">
        {(!problem || mayOverrule) && (
          <button type="button" class="danger" onClick={() => undo(mayOverrule)}>
            {t(mayOverrule ? 'plUndoAnyway' : 'plUndoSure')}
          </button>
        )}
        <button
          type="button"
          class="second"
          onClick={() => {
            setAsked(false);
            setProblem('');
            setReasons([]);
          }}
        >
          {t('plKeep')}
        </button>
      </span>
    </span>
  );
}
