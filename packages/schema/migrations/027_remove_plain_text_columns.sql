-- The end of the plain text. There is no way back: hence --contract, and the condition, which is
-- looked at twice, the second time when nobody can write any more.
-- postern: contract
-- postern: removes phone_number two_factor_secret
-- postern: requires select format('%s.%s holds %s values that are not encrypted yet (stage %s)', table_name, column_name, remaining, stage) from :schema.check_encryption_migration_status() where remaining > 0
-- postern: requires select format('%s.%s is at the stage %s of its encryption: pnpm postern encrypt enforce comes first', table_name, column_name, stage) from :schema.check_encryption_migration_status() where remaining = 0 and stage in ('expand', 'dual', 'backfill', 'verify') and :'users' like '%.' || table_name and column_name in (:'phone_number', :'two_factor_secret')
-- Whoever encrypted a column left triggers that watch it. They go with it, by the names that
-- apps/cli/src/encrypt/trigger-names.ts gives them, and the record says that it is done.
do $$
declare
  part record;
begin
  if to_regclass('postern_internal.encryptions') is null then return; end if;
  for part in
    update postern_internal.encryptions set stage = 'contract', updated_at = now()
    where schema_name || '.' || table_name = :'users'
      and column_name in (:'phone_number', :'two_factor_secret')
    returning md5(concat_ws('.', schema_name, table_name, column_name)) as digest
  loop
    execute format('drop function if exists postern_internal.encrypt_%s() cascade', part.digest);
    execute format('drop function if exists postern_internal.encrypt_into_%s() cascade', part.digest);
  end loop;
end $$;
alter table :users
  drop column if exists :phone_number,
  drop column if exists :two_factor_secret;
