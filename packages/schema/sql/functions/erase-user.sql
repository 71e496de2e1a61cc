-- Erases an account (D14): what the register says goes with it goes, and what outlives it as a fact
-- about nobody loses every column that tells of a person. `identifiers` are the blind indexes of the
-- account's address and number, of each log its own: rows of nobody that bear one are theirs.
--
-- It runs with its owner's rights, because the services may rewrite no log; the gate of the
-- append-only logs is open inside this call only. A users table of the app's own keeps its row: the
-- app deletes it, and everything of ours has gone before.
create or replace function :schema.erase_user(erased text, identifiers text[])
returns boolean language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
  gate constant text := coalesce(current_setting('postern.append_only', true), '');
  found_one boolean;
begin
  perform 1 from :users u where u.:id = cast(erased as :id_type) for update;
  found_one := found;
  perform set_config('postern.append_only', 'off', true);
  :erasures
--if our_users
  delete from :users where id = cast(erased as :id_type);
--else
  :account_deletions
--if clearable_users
  update :users u set :users_cleared where u.:id = cast(erased as :id_type);
--end
--end
  perform set_config('postern.append_only', gate, true);
  return found_one;
end $$;
revoke all on function :schema.erase_user(text, text[]) from public;
