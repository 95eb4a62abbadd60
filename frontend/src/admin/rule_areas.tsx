/** Where the 2341 rule counts: a switch for each area that has it, and a field to give it to another. */
import { useState } from 'preact/hooks';
import type { Step } from '../api/client';
import { Areas, codes, type Section, Switch } from './parts';
import { STEPS, sayAmount } from './rule_words';
import type { KeptLimit, RuledArea } from './rules_api';

const RULE = '2341';

type Props = Section & {
  told: { limits: KeptLimit[]; areas: RuledArea[] } | undefined;
  areas: Step[] | undefined;
  again: () => void;
};

export function RuleAreas({ api, t, language, told, areas, again }: Props) {
  const [failed, setFailed] = useState('');
  const [turn, setTurn] = useState(0);
  const set = async (chosen: string[], rule: string) => {
    try {
      for (const area of chosen) await api.setRules(area, rule);
      setFailed('');
      setTurn((was) => was + 1); // an empty field
    } catch (error) {
      setFailed((error as Error).message);
    }
    again();
  };
  return (
    <section class="rule" aria-labelledby="rule-2341">
      <h3 id="rule-2341">{t('ru2341')}</h3>
      <dl class="chain">
        {told?.limits
          .filter((limit) => limit.rule_set === RULE)
          .map((limit) => (
            <div key={limit.id}>
              <dt>
                {t(STEPS[limit.step])}
                {limit.class && ` ${limit.class}`}
              </dt>
              <dd>{sayAmount(limit, language)}</dd>
            </div>
          ))}
      </dl>
      <p class="hint">{t('ru2341Hint')}</p>
      <ul class="switches">
        {told?.areas.map((one) => (
          <li key={one.area}>
            <span>
              {one.name} <small>{one.rule_set === RULE ? one.area : `${one.area} · ${one.rule_set}`}</small>
            </span>
            <Switch
              label={`${one.rule_set} ${one.name}`}
              on
              set={() => {
                set([one.area], 'standard');
              }}
            />
          </li>
        ))}
        {told?.areas.length === 0 && <li class="soft">{t('ru2341None')}</li>}
      </ul>
      <form
        class="bar"
        onSubmit={(event) => {
          event.preventDefault();
          set(codes(String(new FormData(event.currentTarget).get('areas'))), RULE);
        }}
      >
        <Areas key={turn} t={t} areas={areas} label={t('areaCodesOf')} required />
        <button type="submit" class="plain">
          {t('ru2341On')}
        </button>
      </form>
      <p role="alert" class="problem">
        {failed}
      </p>
    </section>
  );
}
