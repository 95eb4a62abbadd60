-- SMS gateways are told too: the JSON that one takes, and what its answer holds when it was taken.
ALTER TABLE issue_webhook ADD COLUMN template text;
ALTER TABLE issue_webhook ADD COLUMN accepts text;
ALTER TABLE issue_webhook DROP CONSTRAINT issue_webhook_shape_check;
ALTER TABLE issue_webhook ADD CONSTRAINT issue_webhook_shape_check
  CHECK (shape IN ('json', 'wecom', 'dingtalk', 'sms') AND (shape = 'sms') = (template IS NOT NULL));
