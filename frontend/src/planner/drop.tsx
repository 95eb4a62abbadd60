/** Where files are dropped or chosen, and how far they are on their way. */
import { useState } from 'preact/hooks';
import type { Key } from '../i18n/catalogue';

type Props = {
  t: (key: Key) => string;
  share: number | undefined;
  max: number;
  take: (files: File[]) => void;
  cancel: () => void;
};

export function Drop({ t, share, max, take, cancel }: Props) {
  const [over, setOver] = useState(false);
  if (share !== undefined) {
    return (
      <section class="drop">
        <p role="status">{t(share < 1 ? 'plSending' : 'plLooking')}</p>
        <progress aria-label={t('plSending')} {...(share < 1 ? { value: share, max: 1 } : {})} />
        <button type="button" class="second" onClick={cancel}>
          {t('plCancel')}
        </button>
      </section>
    );
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is a second way; the first is the field inside
    <section
      class={over ? 'drop over' : 'drop'}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        take([...(event.dataTransfer?.files ?? [])]);
      }}
    >
      <svg viewBox="0 0 24 24" width="40" height="40" aria-hidden="true">
        <path d="M12 15V4 M7 9l5-5 5 5 M4 15v5h16v-5" />
      </svg>
      <h2>{t('plDrop')}</h2>
      <label class="main">
        {t('plChoose')}
        <input
          type="file"
          multiple
          onChange={(event) => {
            const field = event.currentTarget;
            take([...(field.files ?? [])]);
            field.value = '';
          }}
        />
      </label>
      <p class="soft">{t('plFormats')}</p>
      <p class="soft">{t('plLimit').replace('{limit}', `${Math.round(max / 1048576)} MB`)}</p>
    </section>
  );
}
