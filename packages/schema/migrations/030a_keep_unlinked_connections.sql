-- A connection that its owner took off stays as a row that signs in nowhere. The release before
-- knows no such row: on the way back they go.
-- postern: alters oauth_connections
-- postern: back delete from :schema.oauth_connections where unlinked_at is not null
-- postern: back alter table :schema.oauth_connections drop column if exists unlinked_at
alter table :schema.oauth_connections add column if not exists unlinked_at timestamptz;
