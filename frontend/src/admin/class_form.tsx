/** The form of a class: its names, its unit, and what it does to a report; with a code, if it is new here. */
import { useState } from 'preact/hooks';
import { Dialog, FormFoot, type Say } from './parts';
import type { ClassRow } from './rules_api';

type Props = {
  t: Say;
  /** The class that is changed; without one, one is made or brought back. */
  row?: ClassRow | undefined;
  /** The codes in use. */
  used: string[];
  set: (row: ClassRow) => Promise<unknown>;
  close: () => void;
};

/** The first local code (2101 to 2199) that isn't in use. */
function free(used: string[]): string {
  for (let code = 2101; code <= 2199; code += 1) if (!used.includes(String(code))) return String(code);
  return '';
}

export function ClassForm({ t, row, used, set, close }: Props) {
  const [failed, setFailed] = useState('');
  const save = (event: SubmitEvent) => {
    event.preventDefault();
    const given = new FormData(event.currentTarget as HTMLFormElement);
    const text = (name: string) => String(given.get(name) ?? '').trim();
    const code = row?.code ?? text('code');
    if (!row && used.includes(code)) return setFailed(t('ruCodeUsed'));
    set({
      code,
      group: code.slice(0, 2),
      name_zh: text('name_zh'),
      name_en: text('name_en'),
      unit: text('unit'),
      restricted: given.has('restricted'),
      urgent: given.has('urgent'),
      enabled: row?.enabled ?? true,
    }).then(close, (error: Error) => setFailed(error.message));
  };
  return (
    <Dialog title={row ? `${t('ruChange')} · ${row.code}` : t('ruAddClass')} close={close}>
      <form onSubmit={save}>
        {!row && (
          <label>
            {t('code')}
            <input
              name="code"
              required
              pattern="\d{4}"
              maxLength={4}
              inputMode="numeric"
              autocomplete="off"
              defaultValue={free(used)}
            />
            <small>{t('ruCodeHint')}</small>
          </label>
        )}
        <label>
          {t('ruNameZh')}
          <input name="name_zh" required maxLength={40} autocomplete="off" defaultValue={row?.name_zh} />
        </label>
        <label>
          {t('ruNameEn')}
          <input name="name_en" required maxLength={80} autocomplete="off" defaultValue={row?.name_en} />
        </label>
        <label>
          {t('ruUnit')}
          <input name="unit" maxLength={40} autocomplete="off" defaultValue={row?.unit} />
        </label>
        <label class="check">
          <input type="checkbox" name="restricted" defaultChecked={row?.restricted ?? false} />
          <span>
            {t('ruRestricted')} <small>{t('ruRestrictedHint')}</small>
          </span>
        </label>
        <label class="check">
          <input type="checkbox" name="urgent" defaultChecked={row?.urgent ?? false} />
          <span>
            {t('issueUrgent')} <small>{t('ruUrgentHint')}</small>
          </span>
        </label>
        <FormFoot t={t} problem={failed} cancel={close} yes={t('save')} />
      </form>
    </Dialog>
  );
}
