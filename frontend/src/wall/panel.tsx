/** The frame of a panel, and the numbers in it: each a button that opens its rows. */
import type { ComponentChildren } from 'preact';
import type { Here, Rows } from './context';
import { count, hour } from './saying';
import type { Told } from './sources';

type Frame = {
  here: Here;
  name: string;
  title: string;
  /** What the panel's numbers are about, when that isn't the place on the screen. */
  about?: string | undefined;
  told: Told<unknown>;
  children: ComponentChildren;
};

/** A panel; old numbers say so, and a refusal says why. */
export function Panel({ here, name, title, about, told, children }: Frame) {
  if (told.refused) return null;
  return (
    <section
      class={`wl-panel wl-${name}`}
      aria-label={title}
      data-panel={name}
      data-old={told.awaySince !== undefined}
    >
      <h2>
        {title}
        {about && <small>{about}</small>}
        {told.awaySince !== undefined && told.at && (
          <em>{here.say('wlAsOf', { time: hour(told.at, here.language) })}</em>
        )}
      </h2>
      {told.value === undefined ? <p class="wl-wait" aria-busy="true" /> : children}
    </section>
  );
}

type Figure = {
  here: Here;
  label: string;
  value: number | string;
  rows?: Rows;
  field: string;
  kind?: string;
};

/** One number over its label. */
export function Number_({ here, label, value, rows, field, kind = '' }: Figure) {
  const shown = typeof value === 'number' ? count(value, here.language) : value;
  const inside = (
    <>
      <b data-field={field}>{shown}</b>
      <span>{label}</span>
    </>
  );
  const look = `wl-number ${kind} ${shown.length > 7 ? 'long' : ''}`;
  if (!rows) return <div class={look}>{inside}</div>;
  return (
    <button type="button" class={look} onClick={() => here.open(rows)}>
      {inside}
    </button>
  );
}
