-- A phone number as it may be stored, and the rules. NOT VALID: new rows are held to them at once,
-- the old ones are not read under the lock.
-- postern: columns encrypted_phone_number phone_number_index phone_number_hint
-- postern: constraints phone_is_sealed phone_has_index counts_are_not_negative
-- postern: back-requires select count(*) || ' rows of ' || :'users' || ' hold a sealed phone number and no plain one: going back would lose them' from :users u where :encrypted_phone_number is not null and to_jsonb(u) ->> :'phone_number' is null having count(*) > 0
alter table :users
  add column if not exists :encrypted_phone_number text,
  add column if not exists :phone_number_index varchar(22),
  add column if not exists :phone_number_hint varchar(32);
alter table :users
  drop constraint if exists :users_phone_is_sealed,
  drop constraint if exists :users_phone_has_index,
  drop constraint if exists :users_counts_are_not_negative,
  add constraint :users_phone_is_sealed
    check (:encrypted_phone_number ~ '^pe1[.][A-Za-z0-9_-]{46,}$') not valid,
  add constraint :users_phone_has_index
    check ((:encrypted_phone_number is null) = (:phone_number_index is null)) not valid,
  add constraint :users_counts_are_not_negative
    check (:failed_login_attempts >= 0 and :session_count >= 0) not valid;
