-- Clear text in a sealed column is refused with a message that says what to do. Arguments: the
-- column, and the CHECK that says the same where it stands. The value is in no message.
create or replace function :schema.refuse_clear_text() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  raise exception 'Clear text was refused in %.%, which takes sealed values only.',
      tg_table_name, tg_argv[0]
    using errcode = 'check_violation', schema = tg_table_schema, table = tg_table_name,
      column = tg_argv[0], constraint = tg_argv[1],
      hint = 'Seal it first: seal() of @postern/crypto, for this table, column and row.';
end $$;
revoke all on function :schema.refuse_clear_text() from public;
