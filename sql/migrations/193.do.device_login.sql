-- Signing in on the command line: the program shows a code, and a person who is signed in to the web application confirms it (RFC 8628).
create table ops.device_login (
  device_hash bytea primary key,
  user_code text not null unique check (user_code ~ '^[A-Z]{4}-[A-Z]{4}$'),
  client text not null check (length(client) between 1 and 100),
  address text not null,
  created_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null default clock_timestamp() + interval '10 minutes',
  asked_at timestamptz,
  person text references ref.person on delete cascade,
  is_confirmed boolean,
  scope text check (scope in ('read', 'all')),
  days integer check (days between 1 and 366),
  constraint a_decision_has_a_person check ((is_confirmed is null) = (person is null)),
  constraint what_is_confirmed_is_known check (is_confirmed is not true or num_nonnulls(scope, days) = 2)
);
comment on table ops.device_login is 'Programs that wait for a person to confirm their code in the web application. A row goes when its answer is collected, or some time after it has expired.';
comment on column ops.device_login.device_hash is 'SHA-256 of what the program identifies itself by.';
comment on column ops.device_login.user_code is 'What the person compares and confirms.';
comment on column ops.device_login.client is 'What the program calls itself, such as its machine.';
comment on column ops.device_login.address is 'Where it asked from.';
comment on column ops.device_login.asked_at is 'When it last asked for the answer.';
comment on column ops.device_login.is_confirmed is 'Null: no one has decided yet.';

alter table ops.device_login enable row level security;
create policy application on ops.device_login to shelfline_app using (true) with check (true);
-- Whoever asks is not known yet; whoever decides is the person that the application speaks for.
create policy read_by_code on ops.device_login for select to shelfline_web using (true);
create policy begun_without_a_person on ops.device_login for insert to shelfline_web with check (person is null);
create policy collected on ops.device_login for delete to shelfline_web using (true);
create policy decided_by_themselves on ops.device_login for update to shelfline_web
  using (person is null) with check (person is null or person = (select ref.acting_user()));
grant select, insert, delete, update (asked_at, person, is_confirmed, scope, days) on ops.device_login to shelfline_web;

create policy made_for_themselves on ops.api_token for insert to shelfline_web
  with check (
    person = (select ref.acting_user()) and created_by = (select ref.acting_user()) and (select ref.acting_role()) is not null
  );
