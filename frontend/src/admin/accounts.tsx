/** Accounts: made, disabled, given another password. */
import { useState } from 'preact/hooks';
import type { Account } from './api';
import {
  Areas,
  Confirm,
  codes,
  Dialog,
  DoneFoot,
  FormFoot,
  More,
  moment,
  Secret,
  type Section,
  Table,
  useAnswer,
  usePages,
  Words,
} from './parts';

export function Accounts({ api, t, language }: Section) {
  const [words, setWords] = useState('');
  const { answer } = useAnswer(
    () => Promise.all([api.roles(), api.areas()]).then(([{ roles }, { areas }]) => ({ roles, areas })),
    [language],
  );
  const { rows, problem, setProblem, more, again } = usePages<Account, string>(
    (after) => api.accounts(words, after ?? '').then(({ accounts, next }) => ({ rows: accounts, next })),
    [words, language],
    words !== '',
  );
  const [adding, setAdding] = useState(false);
  const [failed, setFailed] = useState('');
  const [shown, setShown] = useState<Account>();
  const [asking, setAsking] = useState<{ account: Account; what: 'reset' | 'disable' }>();
  const role = (code: string) => {
    const found = answer?.roles.find((one) => one.code === code);
    return found ? (language === 'zh' ? found.name_zh : found.name_en) : code;
  };
  const change = (account: Account, to: { disabled?: boolean; reset_password?: boolean }) =>
    api.changeAccount(account.id, to).then((changed) => {
      again();
      if (changed.new_password) setShown(changed);
    });
  return (
    <>
      <header class="bar">
        <button
          type="button"
          class="main"
          onClick={() => {
            setFailed('');
            setAdding(true);
          }}
        >
          {t('addAccount')}
        </button>
        <Words label={t('filter')} value={words} set={setWords} />
      </header>
      <p role="alert" class="problem">
        {problem}
      </p>
      <Table
        label={t('accounts')}
        columns={[
          t('username'),
          t('displayName'),
          t('role'),
          t('scope'),
          t('lastHere'),
          t('status'),
          t('actions'),
        ]}
        rows={rows}
        name={(account) => account.id}
        dim={(account) => account.disabled}
        empty={t(words ? 'noneFits' : 'none')}
        loading={t('loading')}
        cells={(account) => [
          account.username,
          account.display_name,
          role(account.role),
          account.everywhere
            ? t('everywhere')
            : account.areas.map((area) => area.name).join('、') || t('none'),
          moment(account.last_seen_at, language) || <small>{t('never')}</small>,
          t(account.disabled ? 'disabled' : 'active'),
          <span key="acts" class="acts">
            <button
              type="button"
              class="plain"
              aria-label={`${t('resetPassword')} ${account.username}`}
              onClick={() => setAsking({ account, what: 'reset' })}
            >
              {t('resetPassword')}
            </button>
            {account.disabled ? (
              <button
                type="button"
                class="plain"
                aria-label={`${t('enable')} ${account.username}`}
                onClick={() =>
                  change(account, { disabled: false }).catch((error: Error) => setProblem(error.message))
                }
              >
                {t('enable')}
              </button>
            ) : (
              <button
                type="button"
                class="plain danger"
                aria-label={`${t('disable')} ${account.username}`}
                onClick={() => setAsking({ account, what: 'disable' })}
              >
                {t('disable')}
              </button>
            )}
          </span>,
        ]}
      />
      <More t={t} more={more} />
      {adding && (
        <Dialog title={t('addAccount')} close={() => setAdding(false)}>
          <form
            onSubmit={(event) => {
              event.preventDefault();
              const given = new FormData(event.currentTarget);
              const text = (name: string) => String(given.get(name) ?? '').trim();
              const account = {
                username: text('username'),
                display_name: text('display_name'),
                role: text('role'),
                areas: codes(text('areas')),
              };
              api.addAccount(account).then(
                (made) => {
                  setAdding(false);
                  setShown(made);
                  again();
                },
                (error: Error) => setFailed(error.message),
              );
            }}
          >
            <label>
              {t('username')}
              <input name="username" required maxLength={60} autocomplete="off" />
            </label>
            <label>
              {t('displayName')}
              <input name="display_name" maxLength={200} autocomplete="off" />
            </label>
            <label>
              {t('role')}
              <select name="role">
                {answer?.roles
                  .filter((one) => one.grantable)
                  .map((one) => (
                    <option key={one.code} value={one.code}>
                      {role(one.code)}
                    </option>
                  ))}
              </select>
            </label>
            <Areas t={t} areas={answer?.areas} label={t('areaCodes')} />
            <FormFoot t={t} problem={failed} cancel={() => setAdding(false)} yes={t('addAccount')} />
          </form>
        </Dialog>
      )}
      {shown && (
        <Dialog title={shown.username} close={() => setShown(undefined)}>
          <Secret t={t} label={t('newPassword')} value={shown.new_password ?? ''} />
          <DoneFoot t={t} close={() => setShown(undefined)} />
        </Dialog>
      )}
      {asking && (
        <Confirm
          t={t}
          title={`${t(asking.what === 'reset' ? 'resetPassword' : 'disable')} · ${asking.account.username}`}
          text={t(asking.what === 'reset' ? 'resetPasswordSure' : 'disableSure')}
          yes={t(asking.what === 'reset' ? 'resetPassword' : 'disable')}
          act={() =>
            change(asking.account, asking.what === 'reset' ? { reset_password: true } : { disabled: true })
          }
          close={() => setAsking(undefined)}
        />
      )}
    </>
  );
}
