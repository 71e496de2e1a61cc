-- What says that a code ended unused, and which provider connection began a session. Metadata only:
-- no default, no row is rewritten.
-- postern: alters email_delivery_log sms_delivery_log refresh_tokens
-- postern: back alter table if exists :schema.email_delivery_log drop column if exists revoked_at
-- postern: back alter table if exists :schema.sms_delivery_log drop column if exists revoked_at
-- postern: back alter table if exists :schema.refresh_tokens drop column if exists connection_id
alter table if exists :schema.email_delivery_log add column if not exists revoked_at timestamptz;
alter table if exists :schema.sms_delivery_log add column if not exists revoked_at timestamptz;
alter table if exists :schema.refresh_tokens add column if not exists connection_id uuid;
