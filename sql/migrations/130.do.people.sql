-- Who may sign in to the web application, and as what; and that a person's rows there are those that `bi` gives them.
--
-- The application has one login, shelfline_web. It says for whom it asks by the setting shelfline.person, in each transaction. The
-- functions that the policies ask trust this setting from that login alone: any other login stands for itself, whatever it sets.

create table ref.person (
  person text primary key check (person ~ '^[a-z0-9][a-z0-9._@-]{0,62}$'),
  role text not null check (
    role in (
      'store_manager', 'regional_manager', 'buyer', 'planner', 'data_engineer', 'executive', 'administrator'
    )
  ),
  password_hash text,
  created_at timestamptz not null default clock_timestamp(),
  created_by text not null,
  disabled_at timestamptz
);
comment on table ref.person is 'People who may sign in to the web application. The stores that they see are in ref.user_scope.';
comment on column ref.person.role is 'Decides pages and actions; rows are decided by ref.user_scope.';
comment on column ref.person.password_hash is 'scrypt, with its parameters and salt; null: no password was given.';
comment on column ref.person.disabled_at is 'Since when they may not sign in any more.';

create table ops.web_session (
  token_hash bytea primary key,
  person text not null references ref.person on delete cascade,
  created_at timestamptz not null default clock_timestamp(),
  last_seen_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null
) with (fillfactor = 70);
create index web_session_person on ops.web_session (person);
create index web_session_expires on ops.web_session (expires_at);
comment on table ops.web_session is 'Who is signed in to the web application. The token itself is only in the browser.';
comment on column ops.web_session.token_hash is 'SHA-256 of the token.';
comment on column ops.web_session.expires_at is 'When it ends, whatever is done with it.';

create table ops.sign_in_failure (
  failed_at timestamptz not null default clock_timestamp(),
  person text not null,
  address text not null
);
create index sign_in_failure_person on ops.sign_in_failure (person, failed_at);
create index sign_in_failure_address on ops.sign_in_failure (address, failed_at);
comment on table ops.sign_in_failure is 'Failed tries to sign in, of the last day: they lock a name and an address for some minutes.';
comment on column ops.sign_in_failure.person is 'The name that was tried, also one that nobody has.';

create table ops.web_action (
  action_id bigint generated always as identity primary key,
  acted_at timestamptz not null default clock_timestamp(),
  person text not null,
  action text not null,
  detail jsonb not null
);
create index web_action_acted on ops.web_action (acted_at);
comment on table ops.web_action is 'The audit log of the web application: what people have done, also what was refused.';
comment on column ops.web_action.action is 'The method and the route, e.g. POST /alerts/acknowledge.';
comment on column ops.web_action.detail is 'What they sent, without secrets, and how it ended.';

create function ref.acting_user() returns text
  language sql stable parallel safe set search_path = pg_catalog, pg_temp
  return case
    when session_user = 'shelfline_web' then nullif(current_setting('shelfline.person', true), '')
    else session_user
  end;
comment on function ref.acting_user() is
  'For whom rows are read: the login, and for the web application the person that it speaks for; null: nobody.';

create or replace function ref.has_scope() returns boolean
  language sql stable parallel safe security definer set search_path = pg_catalog, pg_temp
  return exists (select from ref.user_scope where user_name = ref.acting_user());

create or replace function ref.sees_everything() returns boolean
  language sql stable parallel safe security definer set search_path = pg_catalog, pg_temp
  return exists (select from ref.user_scope where user_name = ref.acting_user() and scope = 'all');

create or replace function ref.visible_store_ids() returns setof text
  language sql stable parallel safe security definer set search_path = pg_catalog, pg_temp
  begin atomic
    select store_id from ref.user_scope where user_name = ref.acting_user() and scope = 'store'
    union
    select stores.store_id
    from ref.stores
    join ref.user_scope using (region)
    where user_scope.user_name = ref.acting_user() and user_scope.scope = 'region';
  end;

drop policy own_rows on ref.user_scope;
create policy own_rows on ref.user_scope for select to bi_reader using (user_name = ref.acting_user());

alter table ops.workers drop constraint workers_kind_check;
alter table ops.workers add constraint workers_kind_check check (kind in ('stream', 'batch', 'web'));
