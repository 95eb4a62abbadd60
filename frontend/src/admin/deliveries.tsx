/** What other systems didn't take: why, and another try. */
import { useState } from 'preact/hooks';
import { moment, type Section, Table } from './parts';
import { sayAction } from './rule_words';
import type { Delivery, Webhook } from './rules_api';

type Props = Section & { rows: Delivery[]; webhooks: Webhook[]; again: () => void };

export function Deliveries({ api, t, language, rows, webhooks, again }: Props) {
  const [failed, setFailed] = useState('');
  return (
    <div>
      <h3>{t('ruDeliveries')}</h3>
      <p role="alert" class="problem">
        {failed}
      </p>
      <Table
        label={t('ruDeliveries')}
        columns={[t('nameOf'), t('issue'), t('ruStep'), t('ruTries'), t('ruWhy'), t('when'), t('actions')]}
        rows={rows}
        name={(one) => one.id}
        empty={t('noneFits')}
        loading={t('loading')}
        cells={(one) => [
          webhooks.find((hook) => hook.id === one.webhook)?.name ?? one.webhook,
          <a key="issue" href={`/desk?issue=${one.issue}`}>
            #{one.issue}
          </a>,
          sayAction(one.action, language),
          one.attempts,
          <span key="why" class="cut" title={one.error ?? ''}>
            {one.error}
          </span>,
          moment(one.dead_at, language),
          <button
            key="retry"
            type="button"
            class="plain"
            aria-label={`${t('ruRetry')} ${one.id}`}
            onClick={() =>
              api.retryDelivery(one.id).then(
                () => {
                  setFailed('');
                  again();
                },
                (error: Error) => setFailed(error.message),
              )
            }
          >
            {t('ruRetry')}
          </button>,
        ]}
      />
    </div>
  );
}
