/** The row that says what the markers mean, counts what is in view, and filters by it. */
import { useEffect, useState } from 'preact/hooks';
import { type Key, type Language, sayValue } from '../i18n/catalogue';
import { OUTLINES, STATES, type State } from '../map/issue_signs';
import type { IssueMarkers } from '../map/issues';
import '../styles/issues.css';

const ON_THE_MAP = STATES.slice(0, 3) as State[];

type Props = {
  markers: IssueMarkers;
  t: (key: Key) => string;
  language: Language;
  heat: boolean;
  setHeat: (on: boolean) => void;
};

export function IssueLegend({ markers, t, language, heat, setHeat }: Props) {
  const [hidden, setHidden] = useState<State[]>([]);
  const [overdue, setOverdue] = useState(false);
  const [counts, setCounts] = useState<Record<string, number>>({});
  useEffect(
    () =>
      markers.watch((points) => {
        const now = Date.now() / 1000;
        const sums: Record<string, number> = { overdue: 0 };
        for (const { state, count, due } of points) {
          sums[state] = (sums[state] ?? 0) + count;
          if (due !== null && due <= now) sums.overdue = (sums.overdue ?? 0) + count;
        }
        setCounts(sums);
      }),
    [markers],
  );
  useEffect(() => {
    markers.only({ states: ON_THE_MAP.filter((state) => !hidden.includes(state)), overdue });
  }, [markers, hidden, overdue]);
  return (
    <fieldset class="panel issue-legend">
      <legend class="unseen">{t('issueMarkers')}</legend>
      {ON_THE_MAP.map((state) => (
        <button
          type="button"
          key={state}
          aria-pressed={!hidden.includes(state)}
          onClick={() =>
            setHidden(hidden.includes(state) ? hidden.filter((one) => one !== state) : [...hidden, state])
          }
        >
          <svg class="sign" data-state={state} viewBox="0 0 32 32" width="18" height="18" aria-hidden="true">
            <path class="outline" d={OUTLINES[state].path} />
          </svg>
          <span class="word">{sayValue(state, language)}</span> <b>{counts[state] ?? 0}</b>
        </button>
      ))}
      <button type="button" class="alarm" aria-pressed={overdue} onClick={() => setOverdue(!overdue)}>
        {t('issueOverdue')}
      </button>
      <button type="button" aria-pressed={heat} onClick={() => setHeat(!heat)}>
        {t('issueHeat')}
      </button>
    </fieldset>
  );
}
