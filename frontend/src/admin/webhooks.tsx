/** Other systems that are told of steps: which there are, what waits for them, and what was given up. */
import { useState } from 'preact/hooks';
import { Deliveries } from './deliveries';
import { Confirm, type Section, Table, useAnswer } from './parts';
import { SHAPES, sayAction } from './rule_words';
import type { Webhook } from './rules_api';
import { WebhookForm } from './webhook_form';

export function Webhooks({ api, t, language }: Section) {
  const { answer, problem, again } = useAnswer(
    () => Promise.all([api.webhooks(), api.deliveries(), api.areas().then(({ areas }) => areas)]),
    [language],
  );
  const [webhooks, deliveries, areas] = answer ?? [];
  const [adding, setAdding] = useState(false);
  const [ending, setEnding] = useState<Webhook>();
  if (problem && !answer)
    return (
      <p role="alert" class="problem">
        {problem}
      </p>
    );
  return (
    <>
      <header class="bar">
        <button type="button" class="main" onClick={() => setAdding(true)}>
          {t('ruAddWebhook')}
        </button>
      </header>
      <p role="alert" class="problem">
        {problem}
      </p>
      <Table
        label={t('ruWebhooks')}
        columns={[
          t('nameOf'),
          t('ruShape'),
          t('ruAddress'),
          t('scope'),
          t('ruTold'),
          t('ruWaiting'),
          t('ruDead'),
          t('actions'),
        ]}
        rows={webhooks}
        name={(one) => one.id}
        empty={t('ruNoWebhooks')}
        loading={t('loading')}
        cells={(one) => [
          one.name,
          t(SHAPES[one.shape]),
          <code key="url" class="cut" title={one.url}>
            {one.url}
          </code>,
          one.area ? (areas?.find((area) => area.code === one.area)?.name ?? one.area) : t('everywhere'),
          <span key="told" class="wrap">
            {one.actions.map((action) => sayAction(action, language)).join(language === 'zh' ? '、' : ', ') ||
              t('ruEverything')}
          </span>,
          one.waiting,
          <span key="dead" class={one.dead ? 'problem' : undefined}>
            {one.dead}
          </span>,
          <button
            key="remove"
            type="button"
            class="plain danger"
            aria-label={`${t('ruRemove')} ${one.name}`}
            onClick={() => setEnding(one)}
          >
            {t('ruRemove')}
          </button>,
        ]}
      />
      <p class="hint">{t('ruWebhooksHint')}</p>
      {deliveries && deliveries.length > 0 && (
        <Deliveries
          api={api}
          t={t}
          language={language}
          rows={deliveries}
          webhooks={webhooks ?? []}
          again={again}
        />
      )}
      {adding && (
        <WebhookForm
          t={t}
          language={language}
          areas={areas}
          add={(webhook) => api.addWebhook(webhook).then(again)}
          close={() => setAdding(false)}
        />
      )}
      {ending && (
        <Confirm
          t={t}
          title={`${t('ruRemove')} · ${ending.name}`}
          text={t('ruRemoveWebhookSure')}
          yes={t('ruRemove')}
          act={() => api.removeWebhook(ending.id).then(again)}
          close={() => setEnding(undefined)}
        />
      )}
    </>
  );
}
