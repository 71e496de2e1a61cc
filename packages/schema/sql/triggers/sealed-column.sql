-- :table.:column takes sealed values only. The condition is tested without calling the function, so
-- a sealed value costs nothing; and an app's own column is guarded before its CHECK stands.
create or replace trigger :trigger before insert or update of :column on :table
  for each row when (new.:column !~ ':sealed_pattern')
  execute function :schema.refuse_clear_text(:'column', :'rule');
