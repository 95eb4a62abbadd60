/** The form of a webhook: whom to tell, in which form, of what, from where. */
import { useState } from 'preact/hooks';
import type { Step } from '../api/client';
import type { Language } from '../i18n/catalogue';
import { Dialog, FormFoot, type Say } from './parts';
import { SHAPES, sayAction } from './rule_words';
import type { NewWebhook, Shape } from './rules_api';

/** What may be told of: what the clock does, then what people do. */
const CLOCK = ['soon', 'late', 'remind', 'silent', 'handover'];
const PEOPLE = [
  ...['report', 'dispatch', 'transfer', 'sign', 'arrive', 'plan', 'handle', 'return', 'pass', 'fail', 'rate'],
  ...['rework', 'merge', 'split', 'withdraw', 'reclassify', 'escalate', 'ask_extension', 'approve', 'refuse'],
  ...['extend', 'supervise', 'suspend', 'resume', 'comment', 'photo'],
];
const SMS = '{"mobile": "{phone}", "content": "{text}"}';

type Props = {
  t: Say;
  language: Language;
  areas: Step[] | undefined;
  add: (webhook: NewWebhook) => Promise<unknown>;
  close: () => void;
};

export function WebhookForm({ t, language, areas, add, close }: Props) {
  const [shape, setShape] = useState<Shape>('json');
  const [failed, setFailed] = useState('');
  const says = (area: Step) => `${area.name} ${area.code}`;
  const save = (event: SubmitEvent) => {
    event.preventDefault();
    const given = new FormData(event.currentTarget as HTMLFormElement);
    const text = (name: string) => String(given.get(name) ?? '').trim();
    const where = text('area');
    const area = areas?.find((one) => [says(one), one.name, one.code].includes(where))?.code ?? where;
    add({
      name: text('name'),
      url: text('url'),
      shape,
      secret: text('secret'),
      actions: given.getAll('actions').map(String),
      area: area || null,
      ...(shape === 'sms'
        ? { template: text('template'), ...(text('accepts') ? { accepts: text('accepts') } : {}) }
        : {}),
    }).then(close, (error: Error) => setFailed(error.message));
  };
  const choices = (title: string, actions: string[]) => (
    <fieldset class="choices">
      <legend>{title}</legend>
      {actions.map((action) => (
        <label key={action} class="check">
          <input type="checkbox" name="actions" value={action} />
          {sayAction(action, language)}
        </label>
      ))}
    </fieldset>
  );
  return (
    <Dialog title={t('ruAddWebhook')} close={close} wide>
      <form onSubmit={save}>
        <div class="pair">
          <label>
            {t('nameOf')}
            <input name="name" required maxLength={60} autocomplete="off" />
          </label>
          <label>
            {t('ruShape')}
            <select
              name="shape"
              value={shape}
              onChange={(event) => setShape(event.currentTarget.value as Shape)}
            >
              {(Object.keys(SHAPES) as Shape[]).map((one) => (
                <option key={one} value={one}>
                  {t(SHAPES[one])}
                </option>
              ))}
            </select>
          </label>
        </div>
        <label>
          {t('ruAddress')}
          <input
            name="url"
            type="url"
            required
            maxLength={500}
            pattern="https?://\S+"
            placeholder="https://"
            autocomplete="off"
          />
        </label>
        <div class="pair">
          <label>
            {t('ruSecret')}
            <input name="secret" type="password" maxLength={200} autocomplete="new-password" />
          </label>
          <label>
            {t('ruWhere')}
            <input
              name="area"
              list="areas-of-webhook"
              maxLength={60}
              placeholder={t('areaWords')}
              autocomplete="off"
            />
            <datalist id="areas-of-webhook">
              {areas?.map((area) => (
                <option key={area.code} value={says(area)} />
              ))}
            </datalist>
          </label>
        </div>
        {shape === 'sms' && (
          <>
            <label>
              {t('ruTemplate')}
              <textarea name="template" required rows={3} maxLength={2000} defaultValue={SMS} />
              <small>{t('ruTemplateHint')}</small>
            </label>
            <label>
              {t('ruAccepts')}
              <input name="accepts" maxLength={100} autocomplete="off" placeholder={'"code":0'} />
            </label>
          </>
        )}
        <p class="hint">{t(shape === 'sms' ? 'ruActionsSms' : 'ruActionsHint')}</p>
        {choices(t('ruByClock'), CLOCK)}
        {choices(t('ruByPeople'), PEOPLE)}
        <FormFoot t={t} problem={failed} cancel={close} yes={t('ruAddWebhook')} />
      </form>
    </Dialog>
  );
}
