/** The form of a time limit: for what it counts, and how long; what it counts for stays as it is once it is kept. */
import { useState } from 'preact/hooks';
import { type Language, sayValue } from '../i18n/catalogue';
import { Dialog, FormFoot, type Say } from './parts';
import { LEVELS, STEPS, UNITS } from './rule_words';
import type { ClassRow, KeptLimit, Limit, LimitLevel, LimitStep, LimitUnit } from './rules_api';

type Props = {
  t: Say;
  language: Language;
  limit?: KeptLimit | undefined;
  title?: string | undefined;
  sets: string[];
  classes: ClassRow[];
  set: (limit: Limit) => Promise<unknown>;
  close: () => void;
};

export function LimitForm({ t, language, limit, title, sets, classes, set, close }: Props) {
  const [failed, setFailed] = useState('');
  const save = (event: SubmitEvent) => {
    event.preventDefault();
    const given = new FormData(event.currentTarget as HTMLFormElement);
    const text = (name: string) => String(given.get(name) ?? '');
    set({
      rule_set: limit?.rule_set ?? text('rule_set'),
      class: limit ? limit.class : text('class') || null,
      level: limit ? limit.level : (text('level') as LimitLevel) || null,
      step: limit?.step ?? (text('step') as LimitStep),
      amount: Number(text('amount')),
      unit: text('unit') as LimitUnit,
    }).then(close, (error: Error) => setFailed(error.message));
  };
  const groups = [...new Set(classes.map((one) => one.group))];
  return (
    <Dialog title={title ?? t('ruAddLimit')} close={close}>
      <form onSubmit={save}>
        {!limit && (
          <>
            <label>
              {t('ruSetOf')}
              <select name="rule_set">
                {sets.map((one) => (
                  <option key={one} value={one}>
                    {one === 'standard' ? t('ruStandard') : one}
                  </option>
                ))}
              </select>
            </label>
            <label>
              {t('issueClass')}
              <select name="class">
                <option value="">{t('ruEveryClass')}</option>
                {groups.map((group) => (
                  <optgroup key={group} label={sayValue(`group${group}`, language)}>
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
            </label>
            <label>
              {t('ruLevel')}
              <select name="level">
                <option value="">{t('ruEveryLevel')}</option>
                {(Object.keys(LEVELS) as LimitLevel[]).map((level) => (
                  <option key={level} value={level}>
                    {t(LEVELS[level])}
                  </option>
                ))}
              </select>
            </label>
            <label>
              {t('ruStep')}
              <select name="step" defaultValue="handle">
                {(Object.keys(STEPS) as LimitStep[]).map((step) => (
                  <option key={step} value={step} selected={step === 'handle'}>
                    {t(STEPS[step])}
                  </option>
                ))}
              </select>
            </label>
          </>
        )}
        <div class="pair">
          <label>
            {t('ruTime')}
            <input
              name="amount"
              type="number"
              required
              min={1}
              max={100_000}
              step={1}
              defaultValue={limit ? String(limit.amount) : '4'}
            />
          </label>
          <label>
            {t('ruTimeUnit')}
            <select name="unit">
              {(Object.keys(UNITS) as LimitUnit[]).map((unit) => (
                <option key={unit} value={unit} selected={unit === (limit?.unit ?? 'working_hour')}>
                  {t(UNITS[unit])}
                </option>
              ))}
            </select>
          </label>
        </div>
        <p class="hint">{t('ruWorkingHint')}</p>
        <FormFoot t={t} problem={failed} cancel={close} yes={t('save')} />
      </form>
    </Dialog>
  );
}
