/** What all administrators' pages are made of: a table with its empty state, dialogs, a secret to copy. */
import { type ComponentChildren, Fragment } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Step } from '../api/client';
import { timeZone } from '../api/clock';
import type { Key, Language } from '../i18n/catalogue';
import type { Administration } from './api';

export type Say = (key: Key) => string;
export type Section = { api: Administration; t: Say; language: Language };

/** A moment as people here write it, to the minute. */
export function moment(iso: string | null, language: Language): string {
  if (!iso) return '';
  const format = new Intl.DateTimeFormat(language === 'zh' ? 'zh-CN' : 'en-GB', {
    dateStyle: 'medium',
    timeStyle: 'short',
    ...timeZone(),
  });
  return format.format(new Date(iso));
}

/** Asks when it is first shown and again whenever `again` is called; keeps the last answer meanwhile. */
export function useAnswer<T>(question: () => Promise<T>, on: unknown[]) {
  const [answer, setAnswer] = useState<T>();
  const [problem, setProblem] = useState('');
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    let current = true;
    question().then(
      (given) => {
        if (!current) return;
        setAnswer(given);
        setProblem('');
      },
      (error: Error) => current && setProblem(error.message),
    );
    return () => {
      current = false;
    };
  }, [...on, turn]);
  return { answer, problem, again: () => setTurn((now) => now + 1) };
}

export type Page<T, From> = { rows: T[]; next: From | null };

/** A list that comes in pages: the first when something of `on` changes (a moment later while words are typed). */
export function usePages<T, From>(
  page: (from: From | undefined) => Promise<Page<T, From>>,
  on: unknown[],
  typed: boolean,
) {
  const [rows, setRows] = useState<T[]>();
  const [next, setNext] = useState<From | null>(null);
  const [problem, setProblem] = useState('');
  const turn = useRef(0);
  const read = (from: From | undefined, kept: T[]) => {
    turn.current += 1;
    const mine = turn.current;
    return page(from).then(
      (found) => {
        if (mine !== turn.current) return;
        setRows([...kept, ...found.rows]);
        setNext(found.next);
        setProblem('');
      },
      (error: Error) => mine === turn.current && setProblem(error.message),
    );
  };
  useEffect(() => {
    const timer = setTimeout(() => read(undefined, []), typed ? 200 : 0);
    return () => clearTimeout(timer);
  }, on);
  const more = next === null ? undefined : () => read(next, rows ?? []);
  return { rows, problem, setProblem, more, again: () => read(undefined, []) };
}

/** Words that narrow a list. */
export function Words({ label, value, set }: { label: string; value: string; set: (words: string) => void }) {
  return (
    <input
      type="search"
      placeholder={label}
      aria-label={label}
      value={value}
      onInput={(event) => set(event.currentTarget.value)}
    />
  );
}

/** The button that goes on where a list ended. */
export function More({ t, more }: { t: Say; more: (() => unknown) | undefined }) {
  return more ? (
    <button type="button" class="plain" onClick={more}>
      {t('more')}
    </button>
  ) : null;
}

type TableProps<T> = {
  label: string;
  columns: string[];
  rows: T[] | undefined;
  cells: (row: T) => ComponentChildren[];
  name: (row: T) => string | number;
  dim?: (row: T) => boolean;
  /** The heading above rows that have it in common; they come one after the other. */
  group?: (row: T) => string;
  empty: string;
  loading: string;
};

export function Table<T>({ label, columns, rows, cells, name, dim, group, empty, loading }: TableProps<T>) {
  if (rows?.length === 0) return <p class="empty">{empty}</p>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a wide table is scrolled by keyboard too
    <section class="sheet" aria-label={label} tabIndex={0}>
      <table>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows === undefined && (
            <tr>
              <td colSpan={columns.length}>{loading}</td>
            </tr>
          )}
          {rows?.map((row, index) => {
            const before = rows[index - 1];
            const heading = group && (!before || group(before) !== group(row)) ? group(row) : undefined;
            return (
              <Fragment key={name(row)}>
                {heading && (
                  <tr class="group">
                    <th colSpan={columns.length} scope="rowgroup">
                      {heading}
                    </th>
                  </tr>
                )}
                <tr class={dim?.(row) ? 'dim' : undefined}>
                  {cells(row).map((cell, at) => (
                    <td key={at}>{cell}</td>
                  ))}
                </tr>
              </Fragment>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}

type DialogProps = { title: string; close: () => void; wide?: boolean; children: ComponentChildren };

export function Dialog(props: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  return (
    <dialog
      ref={dialog}
      class={props.wide ? 'box wide' : 'box'}
      aria-labelledby="dialog-title"
      onClose={props.close}
    >
      <h2 id="dialog-title">{props.title}</h2>
      {props.children}
    </dialog>
  );
}

/** Something that is on or off; it stays as it was until whoever sets it says that it is so. */
export function Switch({ label, on, set }: { label: string; on: boolean; set: (on: boolean) => unknown }) {
  return (
    <input
      type="checkbox"
      role="switch"
      class="switch"
      aria-label={label}
      aria-checked={on}
      checked={on}
      onChange={(event) => {
        const wanted = event.currentTarget.checked;
        event.currentTarget.checked = on;
        set(wanted);
      }}
    />
  );
}

/** What a form in a dialog ends with: what was wrong, a way out, and the button that sends it. */
export function FormFoot(props: { t: Say; problem: string; cancel: () => void; yes: string }) {
  return (
    <>
      <p role="alert" class="problem">
        {props.problem}
      </p>
      <footer>
        <button type="button" class="plain" onClick={props.cancel}>
          {props.t('cancel')}
        </button>
        <button type="submit" class="main">
          {props.yes}
        </button>
      </footer>
    </>
  );
}

/** What a dialog that only tells something ends with. */
export function DoneFoot({ t, close }: { t: Say; close: () => void }) {
  return (
    <footer>
      <button type="button" class="main" onClick={close}>
        {t('done')}
      </button>
    </footer>
  );
}

type ConfirmProps = {
  t: Say;
  title: string;
  text: string;
  yes: string;
  act: () => Promise<unknown>;
  close: () => void;
};

/** Asks before something that can't be taken back. */
export function Confirm({ t, title, text, yes, act, close }: ConfirmProps) {
  const [problem, setProblem] = useState('');
  const go = () => act().then(close, (error: Error) => setProblem(error.message));
  return (
    <Dialog title={title} close={close}>
      <p>{text}</p>
      <p role="alert" class="problem">
        {problem}
      </p>
      <footer>
        <button type="button" class="plain" onClick={close}>
          {t('cancel')}
        </button>
        <button type="button" class="main danger" onClick={go}>
          {yes}
        </button>
      </footer>
    </Dialog>
  );
}

/** Something that is shown once and copied: a link, a password, a token. */
export function Secret({ t, label, value }: { t: Say; label: string; value: string }) {
  const [copied, setCopied] = useState(false);
  const copy = () => navigator.clipboard?.writeText(value).then(() => setCopied(true));
  return (
    <div class="secret">
      <span>{label}</span>
      <code>{value}</code>
      {'clipboard' in navigator && (
        <button type="button" class="plain" onClick={copy}>
          {t(copied ? 'copied' : 'copy')}
        </button>
      )}
    </div>
  );
}

type AreasProps = { t: Say; areas: Step[] | undefined; label: string; required?: boolean };

/** Areas by name or code, as many as wanted; the form gets their codes, as `areas`. */
export function Areas({ t, areas, label, required }: AreasProps) {
  const [chosen, setChosen] = useState<string[]>([]);
  const [text, setText] = useState('');
  const says = (area: Step) => `${area.name} ${area.code}`;
  const read = (words: string) => {
    const found = areas?.find((area) => [says(area), area.name, area.code].includes(words.trim()));
    return found ? [found.code] : codes(words);
  };
  const write = (words: string) => {
    const whole = areas?.find((area) => says(area) === words);
    if (whole) setChosen((now) => [...new Set([...now, whole.code])]);
    setText(whole ? '' : words);
  };
  const all = [...new Set([...chosen, ...read(text)])];
  return (
    <div class="areas">
      <label>
        {label}
        <input
          list="areas-there-are"
          value={text}
          required={required && all.length === 0}
          placeholder={t('areaWords')}
          autocomplete="off"
          onInput={(event) => write(event.currentTarget.value)}
        />
      </label>
      <datalist id="areas-there-are">
        {areas
          ?.filter((area) => !chosen.includes(area.code))
          .map((area) => (
            <option key={area.code} value={says(area)} />
          ))}
      </datalist>
      <input type="hidden" name="areas" value={all.join(' ')} />
      <ul>
        {chosen.map((code) => (
          <li key={code}>
            {areas?.find((area) => area.code === code)?.name ?? code}
            <button
              type="button"
              aria-label={`${t('takeAway')} ${code}`}
              onClick={() => setChosen((now) => now.filter((one) => one !== code))}
            >
              ×
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

export function codes(text: string): string[] {
  return text.split(/[\s,，、;；]+/).filter(Boolean);
}
