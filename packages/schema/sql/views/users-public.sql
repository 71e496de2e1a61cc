-- What anybody may see of an account.
create or replace view :schema.users_public with (security_barrier) as
select u.:id as id, :u.name as name, :u.user_type as user_type, :u.created_at as created_at
from :users u;
