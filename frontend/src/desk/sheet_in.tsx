/** Reports from a CSV file: it is taken whole, or refused with what is wrong in which row. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Key, Language } from '../i18n/catalogue';
import { sendSheet, type Taken } from '../issues/sheet';

type Props = { t: (key: Key) => string; language: Language; close: () => void };

export function SheetIn({ t, language, close }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [busy, setBusy] = useState(false);
  const [taken, setTaken] = useState<Taken>();
  const [failed, setFailed] = useState('');
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  const send = async (event: SubmitEvent) => {
    event.preventDefault();
    const file = new FormData(event.currentTarget as HTMLFormElement).get('file');
    if (!(file instanceof File)) return;
    setBusy(true);
    setTaken(undefined);
    setFailed('');
    await sendSheet(file, language).then(setTaken, (error: Error) => setFailed(error.message));
    setBusy(false);
  };
  return (
    <dialog ref={dialog} class="box" aria-labelledby="sheet-title" onClose={close}>
      <h2 id="sheet-title">{t('dtIn')}</h2>
      <form onSubmit={send}>
        <p class="soft">{t('dtInHint')}</p>
        <label class="file">
          <span class="unseen">{t('dtFile')}</span>
          <input
            type="file"
            name="file"
            required
            accept=".csv,text/csv"
            onChange={() => {
              setTaken(undefined);
              setFailed('');
            }}
          />
        </label>
        <p role="alert" class="problem">
          {failed}
        </p>
        <div role="status">
          {busy && t('dtReading')}
          {taken && (
            <p class={taken.findings.length ? 'problem' : undefined}>
              {taken.findings.length > 0 && (
                <>
                  {taken.added + taken.unchanged === 0 && t('dtRefused')} <b>{taken.findings.length}</b>{' '}
                  {t('dtWrong')}
                </>
              )}
              {taken.findings.length > 0 && taken.added + taken.unchanged > 0 && ' · '}
              {(taken.findings.length === 0 || taken.added + taken.unchanged > 0) && (
                <>
                  <b>{taken.added}</b> {t('dtAdded')} · <b>{taken.unchanged}</b> {t('dtUnchanged')}
                </>
              )}
            </p>
          )}
        </div>
        {taken && taken.findings.length > 0 && (
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a long table is scrolled by keyboard too
          <section class="findings" tabIndex={0} aria-label={t('dtWrong')}>
            <table>
              <thead>
                <tr>
                  <th scope="col">{t('dtRow')}</th>
                  <th scope="col">{t('dtWhat')}</th>
                </tr>
              </thead>
              <tbody>
                {taken.findings.map((one, at) => (
                  <tr key={at}>
                    <td>{one.row}</td>
                    <td>{one.what}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </section>
        )}
        <footer>
          <button type="button" class="chip" onClick={close}>
            {t('close')}
          </button>
          <button type="submit" class="main" disabled={busy}>
            {t('dtSend')}
          </button>
        </footer>
      </form>
    </dialog>
  );
}
