/** Below the desk's list: the list as CSV, and reports from CSV. */
import { useState } from 'preact/hooks';
import type { Who } from '../api/client';
import type { Key, Language } from '../i18n/catalogue';
import type { Filter } from './address';
import { SheetIn } from './sheet_in';

/** What an export holds at most. */
const MOST = '50000';
const DESK = ['administrator', 'dispatcher', 'station_head'];

type Props = { who: Who; filter: Filter; t: (key: Key) => string; language: Language; trouble: () => void };

/** The address of the list as CSV: by state, class and area. */
export function sheetOut(filter: Filter): string {
  const query = new URLSearchParams({ state: filter.states.join(','), limit: MOST });
  if (filter.class) query.set('class', filter.class);
  if (filter.area) query.set('area', filter.area);
  return `/api/issues/export?${query}`;
}

export function Foot({ who, filter, t, language, trouble }: Props) {
  const [taking, setTaking] = useState(false);
  const more = filter.overdue || filter.unsure || filter.inView || filter.words.trim() !== '';
  return (
    <footer class="foot-row">
      <a class="chip" href={sheetOut(filter)} download="issues.csv" title={t('dtOutHint')}>
        {t('dtOut')}
      </a>
      {DESK.includes(who.role) && (
        <button type="button" class="chip" onClick={() => setTaking(true)}>
          {t('dtIn')}
        </button>
      )}
      <button type="button" class="chip" onClick={trouble}>
        {t('dtTrouble')}
      </button>
      {more && <small class="soft">{t('dtOutHint')}</small>}
      {taking && <SheetIn t={t} language={language} close={() => setTaking(false)} />}
    </footer>
  );
}
