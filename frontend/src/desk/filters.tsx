/** The filter above the list: state, class, area, overdue, words, the map's view. */
import type { Ref } from 'preact';
import { type Key, type Language, sayValue } from '../i18n/catalogue';
import type { IssueClass } from '../issues/api';
import { OUTLINES, STATES, type State } from '../map/issue_signs';
import type { AreaName } from '../planner/api';
import type { Filter } from './address';

type Props = {
  filter: Filter;
  change: (part: Partial<Filter>) => void;
  classes: IssueClass[];
  areas: AreaName[];
  counts: Partial<Record<State, number>>;
  search: Ref<HTMLInputElement>;
  t: (key: Key) => string;
  language: Language;
};

const GROUPS: Record<string, Key> = {
  '01': 'group01',
  '02': 'group02',
  '03': 'group03',
  '04': 'group04',
  '05': 'group05',
  '21': 'group21',
};

export function Filters({ filter, change, classes, areas, counts, search, t, language }: Props) {
  const groups = [...new Set(classes.map((one) => one.group))];
  const toggle = (state: State) => {
    const states = STATES.filter((one) => filter.states.includes(one) !== (one === state));
    if (states.length) change({ states });
  };
  // the counts are those of the area, whatever else is asked for
  const narrowed = Boolean(
    filter.class || filter.words.trim() || filter.overdue || filter.unsure || filter.inView,
  );
  return (
    <search class="filters">
      <input
        ref={search}
        type="search"
        value={filter.words}
        placeholder={t('dkSearch')}
        aria-label={t('dkSearch')}
        onInput={(event) => change({ words: event.currentTarget.value })}
      />
      <fieldset class="states">
        <legend class="unseen">{t('state')}</legend>
        {STATES.map((state) => (
          <button
            type="button"
            key={state}
            aria-pressed={filter.states.includes(state)}
            data-state={state}
            onClick={() => toggle(state)}
          >
            <svg
              class="sign"
              data-state={state}
              viewBox="0 0 32 32"
              width="15"
              height="15"
              aria-hidden="true"
            >
              <path class="outline" d={OUTLINES[state].path} />
            </svg>
            <span>{sayValue(state, language)}</span>
            <b title={narrowed ? t('dkAllCountsWhy') : undefined}>
              {narrowed && counts[state] !== undefined && <small>{t('dkAllCounts')} </small>}
              {counts[state] ?? ''}
            </b>
          </button>
        ))}
      </fieldset>
      <div class="row">
        <select
          value={filter.class}
          aria-label={t('issueClass')}
          onChange={(event) => change({ class: event.currentTarget.value })}
        >
          <option value="">{t('dkAllClasses')}</option>
          {groups.map((group) => (
            <optgroup key={group} label={t(GROUPS[group] ?? 'issueClass')}>
              <option value={group}>
                {group} {t(GROUPS[group] ?? 'issueClass')} · {t('dkWholeGroup')}
              </option>
              {classes
                .filter((one) => one.group === group)
                .map((one) => (
                  <option key={one.code} value={one.code}>
                    {one.code} {language === 'zh' ? one.name_zh : one.name_en}
                  </option>
                ))}
            </optgroup>
          ))}
        </select>
        <select
          value={filter.area}
          aria-label={t('area')}
          onChange={(event) => change({ area: event.currentTarget.value })}
        >
          <option value="">{t('dkAllAreas')}</option>
          {areas.map((area) => (
            <option key={area.code} value={area.code}>
              {area.name}
            </option>
          ))}
        </select>
      </div>
      <div class="row">
        <button
          type="button"
          class="chip alarm"
          aria-pressed={filter.overdue}
          onClick={() => change({ overdue: !filter.overdue })}
        >
          {t('issueOverdue')}
        </button>
        <button
          type="button"
          class="chip"
          aria-pressed={filter.unsure}
          onClick={() => change({ unsure: !filter.unsure })}
        >
          {t('dkUnsure')}
        </button>
        <button
          type="button"
          class="chip"
          aria-pressed={filter.inView}
          onClick={() => change({ inView: !filter.inView })}
        >
          {t('dkInView')}
        </button>
      </div>
    </search>
  );
}
