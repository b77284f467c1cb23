-- Each request of the web application asks who is signed in and what they see: one statement, before it speaks for them.

create function ref.scopes_of(person text) returns text[]
  language sql stable security definer set search_path = pg_catalog, pg_temp
  return array(
    select concat_ws(' ', scope, coalesce(store_id, region)) from ref.user_scope
    where user_name = person order by scope, coalesce(store_id, region) limit 100
  );
revoke execute on function ref.scopes_of(text) from public;
grant execute on function ref.scopes_of(text) to shelfline_app, shelfline_web;
comment on function ref.scopes_of(text) is 'What a person sees, as texts such as `store 367`: at most 100.';
