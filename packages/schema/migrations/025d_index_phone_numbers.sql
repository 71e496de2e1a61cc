-- Sign-in by phone number looks up the blind index, of which there is one a number.
-- postern: no-transaction
-- postern: index phone_number_index_key
create unique index concurrently :users_phone_number_index_key on :users (:phone_number_index);
