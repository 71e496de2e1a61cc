-- The end of the plain text. There is no way back: hence --contract, and the condition, which is
-- looked at twice, the second time when nobody can write any more.
-- postern: contract
-- postern: removes phone_number two_factor_secret
-- postern: requires select format('%s.%s holds %s values that are not encrypted yet (stage %s)', table_name, column_name, remaining, stage) from :schema.check_encryption_migration_status() where remaining > 0
alter table :users
  drop column if exists :phone_number,
  drop column if exists :two_factor_secret;
