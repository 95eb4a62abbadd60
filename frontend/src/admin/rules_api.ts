/** What administrators ask about the rules of issues; shapes follow the service's OpenAPI document. */

export type ClassRow = {
  code: string;
  group: string;
  name_zh: string;
  name_en: string;
  unit: string;
  restricted: boolean;
  urgent: boolean;
  /** The service lists those in use; one that is switched off here is kept until the page is read again. */
  enabled?: boolean;
};
export type LimitStep = 'answer' | 'arrive' | 'handle' | 'plan' | 'check' | 'rate';
export type LimitUnit = 'minute' | 'hour' | 'working_hour' | 'working_day';
export type LimitLevel = 'village' | 'town' | 'district';
/** How long a step may take; without class or level it counts for all. */
export type Limit = {
  rule_set: string;
  class: string | null;
  level: LimitLevel | null;
  step: LimitStep;
  amount: number;
  unit: LimitUnit;
};
export type KeptLimit = Limit & { id: number };
export type RuledArea = { area: string; name: string; rule_set: string };
export type Shape = 'json' | 'wecom' | 'dingtalk' | 'sms';
export type NewWebhook = {
  name: string;
  url: string;
  shape: Shape;
  secret: string;
  actions: string[];
  area: string | null;
  template?: string;
  accepts?: string;
};
export type Webhook = {
  id: number;
  name: string;
  url: string;
  shape: Shape;
  actions: string[];
  area: string | null;
  created_at: string;
  created_by: string;
  /** How many deliveries wait, and how many were given up. */
  waiting: number;
  dead: number;
};
export type Delivery = {
  id: number;
  webhook: number;
  issue: number;
  action: string;
  attempts: number;
  error: string | null;
  dead_at: string | null;
};

type Get = <T>(path: string) => Promise<T>;
type Send = <T>(method: string, path: string, body?: unknown) => Promise<T>;

export function ruleRoutes(get: Get, send: Send) {
  return {
    classes: () => get<{ classes: ClassRow[] }>('/api/issues/classes').then(({ classes }) => classes),
    setClass: ({ code, group: _, ...rest }: ClassRow) =>
      send<void>('PUT', `/api/issues/classes/${encodeURIComponent(code)}`, rest),
    limits: () => get<{ limits: KeptLimit[]; areas: RuledArea[] }>('/api/issues/limits'),
    setLimit: (limit: Limit) => send<KeptLimit>('PUT', '/api/issues/limits', limit),
    removeLimit: (id: number) => send<void>('DELETE', `/api/issues/limits/${id}`),
    setRules: (area: string, rule_set: string) =>
      send<void>('PUT', `/api/issues/rules/${encodeURIComponent(area)}`, { rule_set }),
    webhooks: () => get<{ webhooks: Webhook[] }>('/api/issues/webhooks').then(({ webhooks }) => webhooks),
    addWebhook: (webhook: NewWebhook) => send<{ id: number }>('POST', '/api/issues/webhooks', webhook),
    removeWebhook: (id: number) => send<void>('DELETE', `/api/issues/webhooks/${id}`),
    deliveries: () =>
      get<{ deliveries: Delivery[] }>('/api/issues/deliveries').then(({ deliveries }) => deliveries),
    retryDelivery: (id: number) => send<void>('POST', `/api/issues/deliveries/${id}/retry`),
  };
}
