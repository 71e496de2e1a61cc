-- Reads every row, under a lock that reads and writes pass.
-- postern: validates phone_is_sealed phone_has_index counts_are_not_negative
alter table :users validate constraint :users_phone_is_sealed;
alter table :users validate constraint :users_phone_has_index;
alter table :users validate constraint :users_counts_are_not_negative;
