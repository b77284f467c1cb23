-- Customers are known by pseudonyms that are made when their messages are read, with a key of each customer's own. Who has the whole
-- database and not the key from outside (SHELFLINE_SECRET_KEYS) can't find out by trial which pseudonym a number has; once a
-- customer's key is gone, nobody can.

create table ref.customer_door (
  is_only boolean primary key default true check (is_only),
  sealed_key text not null,
  made_at timestamptz not null default now()
);
comment on table ref.customer_door is
  'The key by which a customer''s id finds the customer''s own key: one row, encrypted with SHELFLINE_SECRET_KEYS where it is set.';
comment on column ref.customer_door.sealed_key is 'The key; another one would make everyone a new customer.';

create table ref.customer_key (
  lookup bytea primary key check (length(lookup) = 16),
  key bytea not null check (length(key) = 16),
  made_at timestamptz not null default now(),
  erased_at timestamptz
);
create index customer_key_erased on ref.customer_key (erased_at) where erased_at is not null;
comment on table ref.customer_key is
  'A random key for each customer, from which their pseudonym is computed. Erasing the customer destroys it.';
comment on column ref.customer_key.lookup is 'The customer''s id, hashed with the key of ref.customer_door.';
comment on column ref.customer_key.erased_at is
  'When the customer was erased: the key is another one since then, which gives their events in Kafka a name for one day only. Deleted when Kafka no longer has such events.';

create table ops.customer_erasure (
  erasure_id bigint generated always as identity primary key,
  asked_at timestamptz not null default clock_timestamp(),
  asked_by text not null,
  why text not null,
  lookup bytea,
  sealed_subject text,
  log_ends jsonb not null,
  kafka_until timestamptz not null,
  finished_at timestamptz,
  found jsonb,
  proof jsonb,
  check ((finished_at is null) = (sealed_subject is not null))
);
comment on table ops.customer_erasure is 'Customers that were erased: when, why, what was found and changed, and what was searched afterwards. It does not name them.';
comment on column ops.customer_erasure.asked_by is 'Who asked for it.';
comment on column ops.customer_erasure.lookup is 'The row of ref.customer_key; null once that is deleted.';
comment on column ops.customer_erasure.sealed_subject is 'The id and the pseudonym to look for, encrypted; null once it is finished.';
comment on column ops.customer_erasure.log_ends is 'Where the topics with customers ended, by topic and partition: what was read before may have had the old pseudonym.';
comment on column ops.customer_erasure.kafka_until is 'Until then Kafka may have messages of the customer.';
comment on column ops.customer_erasure.found is 'Rows that were changed, by table.';
comment on column ops.customer_erasure.proof is 'Rows that were searched by table, and how many had the customer: none.';

create trigger audit_insert after insert on ops.customer_erasure referencing new table as new_rows
  for each statement execute function ops.audit_changes(
    '{"object": "customer", "key": ["erasure_id"], "by": ["asked_by"], "secret": ["lookup", "sealed_subject"], "ignore": ["log_ends"]}'
  );
create trigger audit_update after update on ops.customer_erasure referencing old table as old_rows new table as new_rows
  for each statement execute function ops.audit_changes(
    '{"object": "customer", "key": ["erasure_id"], "by": ["asked_by"], "secret": ["lookup", "sealed_subject"], "ignore": ["log_ends"]}'
  );
create trigger refuse_delete before delete or truncate on ops.customer_erasure
  for each statement execute function ops.refuse_change();

create table ops.closed_runs (
  is_only boolean primary key default true check (is_only),
  run bigint not null
);
comment on table ops.closed_runs is
  'Runs up to this one no longer put rows with customers in their place: what they have read was changed since, when a customer was erased.';
comment on column ops.closed_runs.run is 'A number of ops.partition_run_numbers; the lake has the same with its tables.';
insert into ops.closed_runs (run) values (0);
grant select, update on ops.closed_runs to shelfline_app;

create table ops.customers_converted (
  place text primary key,
  converted_at timestamptz not null default clock_timestamp()
);
comment on table ops.customers_converted is
  'Where customers of rows from before there were pseudonyms have theirs: `live state`, when a batch worker has started; `lake and facts`, by the schedule `privacy` or the command `privacy convert`.';
grant select, insert on ops.customers_converted to shelfline_app;

-- What a check has kept of failing rows is for finding them, and names no one.
update ops.check_failures set failing_row = failing_row - array['customer_id', 'original_ids', 'payload']
where failing_row ?| array['customer_id', 'original_ids', 'payload'];

create table ref.customer_reader (
  login text primary key,
  why text not null,
  changed_by text not null,
  changed_at timestamptz not null default clock_timestamp()
);
comment on table ref.customer_reader is 'Logins that see the pseudonym that Shelfline itself uses in bi.fact_sales; others see one that is of reports only.';
comment on column ref.customer_reader.changed_by is 'Who has allowed it.';
create trigger audit_insert after insert on ref.customer_reader referencing new table as new_rows
  for each statement execute function ops.audit_changes('{"object": "customer reader", "key": ["login"], "by": ["changed_by"], "ignore": ["changed_at"]}');
create trigger audit_update after update on ref.customer_reader referencing old table as old_rows new table as new_rows
  for each statement execute function ops.audit_changes('{"object": "customer reader", "key": ["login"], "by": ["changed_by"], "ignore": ["changed_at"]}');
create trigger audit_delete after delete on ref.customer_reader referencing old table as old_rows
  for each statement execute function ops.audit_changes('{"object": "customer reader", "key": ["login"], "by": ["changed_by"], "ignore": ["changed_at"]}');
grant select, insert, update, delete on ref.customer_reader to shelfline_app;

create function analytics.may_see_customers() returns boolean
  language sql stable security definer set search_path = pg_catalog, pg_temp
  return exists (select from ref.customer_reader where login = session_user);
comment on function analytics.may_see_customers() is 'Whether the login sees customers as Shelfline does.';
revoke execute on function analytics.may_see_customers() from public;
grant execute on function analytics.may_see_customers() to bi_reader, shelfline_app;

grant select, insert, update, delete on ref.customer_door, ref.customer_key to shelfline_app;
grant select, insert, update on ops.customer_erasure to shelfline_app;
