-- What programs sign in with, and the answers that they were given: a request that is sent again with the same key is not done again.

create function ref.acting_role() returns text
  language sql stable parallel safe security definer set search_path = pg_catalog, pg_temp
  return (select role from ref.person where person = ref.acting_user() and disabled_at is null);
comment on function ref.acting_role() is 'The role of the person that the web application speaks for; null: nobody, or somebody who may not sign in.';

create table ops.api_token (
  token_id text primary key,
  token_hash bytea not null unique,
  person text not null references ref.person on delete cascade,
  name text not null check (length(name) between 1 and 100),
  scopes text[] not null check (cardinality(scopes) between 1 and 100),
  created_at timestamptz not null default clock_timestamp(),
  created_by text not null,
  expires_at timestamptz not null,
  last_used_at timestamptz,
  revoked_at timestamptz,
  revoked_by text,
  constraint who_revoked_is_known check ((revoked_at is null) = (revoked_by is null))
) with (fillfactor = 80);
create index api_token_person on ops.api_token (person);
comment on table ops.api_token is 'Tokens of programs. Each acts as its person, within its scopes; the token itself is shown once and not kept.';
comment on column ops.api_token.token_id is 'Names the token to people; it does not sign in.';
comment on column ops.api_token.token_hash is 'SHA-256 of the token.';
comment on column ops.api_token.scopes is 'Permissions such as alerts.see; read: every permission to see; all: whatever the person may.';
comment on column ops.api_token.last_used_at is 'To the minute.';

create table ops.api_request (
  person text not null references ref.person on delete cascade,
  key text not null check (length(key) between 1 and 200),
  request_hash bytea not null,
  created_at timestamptz not null default clock_timestamp(),
  status integer,
  answer text,
  primary key (person, key),
  constraint an_answer_has_a_status check ((status is null) = (answer is null))
);
comment on table ops.api_request is 'Actions that programs asked for with an idempotency key, of the last day, with their answers.';
comment on column ops.api_request.request_hash is 'SHA-256 of the path and the body: the key stands for this request only.';
comment on column ops.api_request.answer is 'JSON, as it was sent; null: the action is under way, or its process was killed.';

grant execute on function ref.acting_role() to shelfline_web;

alter table ops.api_token enable row level security;
create policy application on ops.api_token to shelfline_app using (true) with check (true);
-- To sign in, the application speaks for nobody yet.
create policy to_sign_in on ops.api_token for select to shelfline_web
  using (coalesce(person = (select ref.acting_user()), true) or (select ref.acting_role()) = 'administrator');
create policy made_by_administrators on ops.api_token for insert to shelfline_web
  with check ((select ref.acting_role()) = 'administrator' and created_by = (select ref.acting_user()));
create policy used_or_revoked on ops.api_token for update to shelfline_web
  using (revoked_at is null)
  with check (
    revoked_at is null
    or (revoked_by = (select ref.acting_user()) and (person = revoked_by or (select ref.acting_role()) = 'administrator'))
  );
grant select, insert on ops.api_token to shelfline_web;
grant update (last_used_at, revoked_at, revoked_by) on ops.api_token to shelfline_web;

alter table ops.api_request enable row level security;
create policy application on ops.api_request to shelfline_app using (true) with check (true);
create policy own_requests on ops.api_request to shelfline_web
  using (person = (select ref.acting_user())) with check (person = (select ref.acting_user()));
grant select, insert, update, delete on ops.api_request to shelfline_web;
