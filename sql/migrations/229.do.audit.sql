-- The audit log: who changed what a person decides, from where, with what was there before and after. A row is written by triggers in
-- the transaction of the change, whichever program makes it. Rows form a chain: each is hashed together with the hash of the one before,
-- so that one that was changed or removed by whoever owns the database is found (`shelfline audit verify`).

create table ops.audit (
  audit_id bigint generated always as identity primary key,
  at timestamptz not null default clock_timestamp(),
  login text not null default session_user,
  person text,
  proof text not null check (proof in ('session', 'token', 'os_user', 'recorded', 'none')),
  via text not null,
  address text,
  request text,
  action text not null check (action ~ '^[a-z][a-z_ ]{0,62}$'),
  object text not null,
  object_id text,
  before jsonb,
  after jsonb
);
create index audit_at on ops.audit (at);
create index audit_person on ops.audit (person, audit_id);
create index audit_object on ops.audit (object, object_id, audit_id);
comment on table ops.audit is
  'The audit log: decisions of people, changes of access, sign-ins. Rows are added only, by triggers and by ops.record_action; about 0.5 kB each. They are never deleted.';
comment on column ops.audit.login is 'The login of PostgreSQL that made the change.';
comment on column ops.audit.person is 'Who acted; null: not known, or nobody.';
comment on column ops.audit.proof is
  'How the person is known: their session or token was checked, the operating system names them, or the changed row names them (recorded).';
comment on column ops.audit.via is 'The program: cli, web, api, batch, stream; another client of the database has its application_name.';
comment on column ops.audit.address is 'The client''s network address, or the machine of a command.';
comment on column ops.audit.request is 'What the change belongs to: an action of the web application, a run of a command, an Update of a workflow.';
comment on column ops.audit.object is 'The kind of thing that was changed.';
comment on column ops.audit.before is 'The columns that changed, as they were; secrets are left out. Of many rows at once their number and hash.';

create table ops.audit_link (
  position bigint primary key check (position > 0),
  audit_id bigint not null unique references ops.audit,
  hash bytea not null check (length(hash) = 32)
);
comment on table ops.audit_link is 'The chain of ops.audit. A row is linked when its transaction commits, so that no one waits for another before.';
comment on column ops.audit_link.position is 'From 1, without gaps.';
comment on column ops.audit_link.hash is 'SHA-256 of the hash before (of the first: 32 zero bytes) and ops.audit_text.';

create table ops.audit_check (
  checked_at timestamptz not null default clock_timestamp(),
  position bigint not null,
  hash bytea,
  broken_at bigint,
  problem text
);
create index audit_check_at on ops.audit_check (checked_at);
comment on table ops.audit_check is 'Each look at the chain of the audit log: how long it was and its newest hash, which must stay part of it.';
comment on column ops.audit_check.position is 'Of the newest link; 0: there was none.';
comment on column ops.audit_check.broken_at is 'The first position that is broken; null: none is.';

create function ops.audit_text(entry ops.audit) returns text
  language sql immutable
  return jsonb_build_object(
    'audit_id', entry.audit_id, 'at', to_char(entry.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), 'login', entry.login,
    'person', entry.person, 'proof', entry.proof, 'via', entry.via, 'address', entry.address, 'request', entry.request,
    'action', entry.action, 'object', entry.object, 'object_id', entry.object_id, 'before', entry.before, 'after', entry.after
  )::text;
comment on function ops.audit_text(ops.audit) is 'An entry as it is hashed: JSON of PostgreSQL''s canonical form, in UTF-8.';

create function ops.audit_hash(before bytea, entry ops.audit) returns bytea
  language sql immutable
  return sha256(coalesce(before, decode(repeat('00', 32), 'hex')) || convert_to(ops.audit_text(entry), 'UTF8'));
comment on function ops.audit_hash(bytea, ops.audit) is 'The hash of an entry after the one with this hash; null: it is the first.';

-- At commit, one transaction after the other: two writers can't continue the chain at the same place. The lock is the last that a
-- transaction takes.
create function ops.link_audit() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
  newest ops.audit_link;
begin
  perform pg_advisory_xact_lock(731204120);
  select * into newest from ops.audit_link order by position desc limit 1;
  insert into ops.audit_link values (coalesce(newest.position, 0) + 1, new.audit_id, ops.audit_hash(newest.hash, new));
  return null;
end;
$$;
comment on function ops.link_audit() is 'Adds an entry to the chain.';
create constraint trigger link_audit after insert on ops.audit deferrable initially deferred
  for each row execute function ops.link_audit();

create function ops.refuse_change() returns trigger
  language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
  raise exception '%.% is append-only: % is refused', tg_table_schema, tg_table_name, lower(tg_op) using errcode = '42501';
end;
$$;
comment on function ops.refuse_change() is 'For tables that rows are only added to.';
create trigger append_only before update or delete or truncate on ops.audit
  for each statement execute function ops.refuse_change();
create trigger append_only before update or delete or truncate on ops.audit_link
  for each statement execute function ops.refuse_change();
create trigger append_only before update or delete or truncate on ops.audit_check
  for each statement execute function ops.refuse_change();

-- Who acts now. A program says it by the setting shelfline.acting, for its connection or for a transaction; the web application's
-- person is the one that it speaks for.
create function ops.acting() returns jsonb
  language sql stable
  return jsonb_build_object('via', coalesce(nullif(current_setting('application_name', true), ''), 'unknown'), 'proof', 'none')
    || coalesce(nullif(current_setting('shelfline.acting', true), '')::jsonb, '{}')
    || case when session_user = 'shelfline_web' then jsonb_build_object('person', ref.acting_user()) else '{}' end;
comment on function ops.acting() is 'Who acts and from where: person, proof, via, address, request.';

-- One entry. `recorded` is the person that a changed row names, for programs that act for several.
create function ops.add_audit(
  acting jsonb, recorded text, action text, object text, object_id text, before jsonb, after jsonb
) returns void
  language sql security definer set search_path = pg_catalog, pg_temp
  begin atomic
    insert into ops.audit (person, proof, via, address, request, action, object, object_id, before, after)
    select
      coalesce(acting ->> 'person', recorded),
      case when acting ->> 'person' is null and recorded is not null then 'recorded' else acting ->> 'proof' end,
      left(acting ->> 'via', 63), left(acting ->> 'address', 200), left(acting ->> 'request', 200),
      action, object, left(object_id, 500), before, after;
  end;
comment on function ops.add_audit(jsonb, text, text, text, text, jsonb, jsonb) is 'Writes an entry of the audit log.';

create function ops.record_action(action text, object text, object_id text, before jsonb, after jsonb) returns void
  language sql security definer set search_path = pg_catalog, pg_temp
  return ops.add_audit(ops.acting(), null, action, object, object_id, before, after);
comment on function ops.record_action(text, text, text, jsonb, jsonb) is
  'Writes an entry for what changes no audited table: a sign-in, a schedule, access to personal data.';

-- A change of rows: an entry for each up to 100, one for all of them above. The trigger's argument describes the table: object;
-- key, columns; by, columns with who did it; action, a column with the verb; when, columns: an update of others is no decision; secret,
-- columns whose values are not kept; ignore, columns; people_only: rows of nobody, or of `shelfline`, are its own work.
create function ops.audit_changes() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
  of jsonb := tg_argv[0]::jsonb;
  acting jsonb := ops.acting();
  verb text := case tg_op when 'INSERT' then 'add' when 'UPDATE' then 'change' else 'remove' end;
  changes jsonb[];
  one jsonb;
  total bigint;
begin
  if tg_op = 'INSERT' then
    select array_agg(jsonb_build_object('after', to_jsonb(r))) into changes from new_rows as r
    where ops.is_audited(acting, to_jsonb(r), of);
  elsif tg_op = 'DELETE' then
    select array_agg(jsonb_build_object('before', to_jsonb(r))) into changes from old_rows as r
    where ops.is_audited(acting, to_jsonb(r), of);
  else
    -- A row keeps its key.
    select array_agg(jsonb_build_object('before', before.r, 'after', after.r)) into changes
    from (select to_jsonb(o) as r, ops.audit_key(to_jsonb(o), of -> 'key') as key from old_rows as o) as before
    join (select to_jsonb(n) as r, ops.audit_key(to_jsonb(n), of -> 'key') as key from new_rows as n) as after using (key)
    where ops.audit_difference(before.r, after.r, of, coalesce(of -> 'when', after.r)) <> '{}' and ops.is_audited(acting, after.r, of);
  end if;
  changes := coalesce(changes, '{}');
  total := cardinality(changes);
  if total > 100 then
    perform ops.add_audit(
      acting, ops.audit_by(coalesce(changes[1] -> 'after', changes[1] -> 'before'), of), verb, of ->> 'object', null, null,
      (
        select jsonb_build_object('rows', total, 'sha256', encode(sha256(string_agg(sha256(convert_to(change::text, 'UTF8')), '' order by change)), 'hex'))
        from unnest(changes) as change
      )
    );
    return null;
  end if;
  foreach one in array changes loop
    perform ops.add_audit(
      acting,
      ops.audit_by(coalesce(one -> 'after', one -> 'before'), of),
      coalesce(one -> 'after' ->> (of ->> 'action'), verb),
      of ->> 'object',
      ops.audit_key(coalesce(one -> 'after', one -> 'before'), of -> 'key'),
      nullif(ops.audit_difference(one -> 'after', one -> 'before', of, one -> 'before'), '{}'),
      nullif(ops.audit_difference(one -> 'before', one -> 'after', of, one -> 'after'), '{}')
    );
  end loop;
  return null;
end;
$$;
comment on function ops.audit_changes() is 'Writes what a statement changed in a table to the audit log.';

create function ops.audit_key(entry jsonb, key jsonb) returns text
  language sql immutable
  return (
    select string_agg(coalesce(entry ->> name, '*'), '/' order by place)
    from jsonb_array_elements_text(key) with ordinality as part (name, place)
  );
comment on function ops.audit_key(jsonb, jsonb) is 'The values of key columns, separated by slashes.';

create function ops.audit_by(entry jsonb, of jsonb) returns text
  language sql immutable
  return (
    select entry ->> name from jsonb_array_elements_text(coalesce(of -> 'by', '[]')) with ordinality as part (name, place)
    where entry ->> name is not null order by place limit 1
  );
comment on function ops.audit_by(jsonb, jsonb) is 'Who a row says has changed it.';

create function ops.is_audited(acting jsonb, entry jsonb, of jsonb) returns boolean
  language sql immutable
  return acting ->> 'person' is not null
    or not coalesce((of ->> 'people_only')::boolean, false)
    or coalesce(ops.audit_by(entry, of), 'shelfline') <> 'shelfline';
comment on function ops.is_audited(jsonb, jsonb, jsonb) is 'Whether a row is the work of a person, where only that is kept.';

create function ops.audit_difference(before jsonb, after jsonb, of jsonb, watched jsonb) returns jsonb
  language sql immutable
  return (
    select coalesce(jsonb_object_agg(name, case when of -> 'secret' ? name and value <> 'null' then '"(secret)"' else value end), '{}')
    from jsonb_each(after) as own (name, value)
    where watched ? name and (of -> 'ignore' ? name) is not true and value is distinct from coalesce(before -> name, 'null')
  );
comment on function ops.audit_difference(jsonb, jsonb, jsonb, jsonb) is
  'The columns of a row that differ from what it was, of the watched ones (an array of names, or a row that has them).';

-- Whose changes are kept; of some tables only what becomes of a row.
do $$
declare
  audited record;
  event record;
begin
  for audited in
    select name, description, coalesce(description::jsonb ->> 'on', 'insert update delete') as events from (values
      ('ref.person', '{"object": "person", "key": ["person"], "secret": ["password_hash"], "ignore": ["created_at"]}'),
      ('ref.user_scope', '{"object": "grant", "key": ["user_name", "scope", "store_id", "region"], "ignore": ["updated_at"]}'),
      ('ops.api_token', '{"object": "token", "key": ["token_id"], "by": ["revoked_by", "created_by"], "when": ["revoked_at", "scopes", "person", "expires_at"], "secret": ["token_hash"]}'),
      ('ref.approver', '{"object": "approver", "key": ["person", "role", "location_id"], "by": ["changed_by"], "ignore": ["updated_at"]}'),
      ('ref.approval_tier', '{"object": "approval tier", "key": ["from_value"]}'),
      ('ref.notification_route', '{"object": "route", "key": ["route_id"], "by": ["changed_by"], "secret": ["secret", "address"], "ignore": ["updated_at"]}'),
      ('ref.event_source', '{"object": "event source", "key": ["source_id"], "by": ["changed_by"], "secret": ["secret", "previous_secret"], "ignore": ["updated_at"]}'),
      ('ref.transfer_lane', '{"object": "lane", "key": ["from_location_id", "to_location_id"], "by": ["changed_by"], "ignore": ["updated_at"]}'),
      ('ref.policy', '{"object": "policy", "key": ["kind", "policy_id"], "by": ["changed_by"]}'),
      ('ref.suppliers', '{"object": "supplier", "key": ["supplier_id"], "secret": ["endpoint"], "ignore": ["updated_at", "recorded_at"]}'),
      ('ref.supply_terms', '{"object": "supply terms", "key": ["terms_id"], "ignore": ["updated_at", "recorded_at"]}'),
      ('ref.store_layout', '{"object": "floor plan", "key": ["store_id", "shelf_id"], "ignore": ["updated_at", "recorded_at"]}'),
      ('ops.purchase_order_action', '{"object": "order", "key": ["purchase_order_id"], "by": ["acted_by"], "action": "action", "people_only": true, "ignore": ["action_id", "acted_at"]}'),
      ('ops.transfer_proposal', '{"object": "transfer", "on": "update", "key": ["transfer_id"], "by": ["decided_by"], "action": "state", "when": ["decided_by"], "people_only": true, "ignore": ["updated_at", "explanation"]}'),
      ('ops.model_alias_log', '{"object": "champion", "key": ["model_name"], "by": ["changed_by"]}'),
      ('ops.forecast_override', '{"object": "override", "key": ["override_id"], "by": ["withdrawn_by", "created_by"]}'),
      ('ops.backfill_plans', '{"object": "backfill", "key": ["plan"]}'),
      ('ops.dropped_partitions', '{"object": "partition", "key": ["asset", "date"], "by": ["dropped_by"]}'),
      ('ops.stream_controls', '{"object": "stream", "key": ["processor"], "ignore": ["changed_at"]}'),
      ('ops.stream_skips', '{"object": "skip", "key": ["processor", "topic", "partition", "offset"], "by": ["requested_by"]}'),
      ('ops.accepted_losses', '{"object": "loss", "key": ["processor", "topic", "partition", "from_offset"], "by": ["accepted_by"]}'),
      ('ops.topic_logs', '{"object": "topic log", "key": ["topic", "base"], "by": ["accepted_by"], "people_only": true, "ignore": ["seen_at"]}'),
      ('ops.dead_letters', '{"object": "dead letter", "on": "update", "key": ["letter_id"], "by": ["settled_by"], "when": ["status"], "secret": ["payload", "headers", "key"], "people_only": true, "ignore": ["updated_at", "relayed_attempts"]}'),
      ('ops.unsent_message', '{"object": "unsent message", "on": "update", "key": ["unsent_id"], "by": ["settled_by"], "when": ["settled_by"], "people_only": true, "secret": ["payload"]}'),
      ('ops.incident', '{"object": "incident", "key": ["incident_id"], "by": ["tagged_by"]}')
    ) as own (name, description)
  loop
    for event in
      select * from (values
        ('insert', 'referencing new table as new_rows'),
        ('update', 'referencing old table as old_rows new table as new_rows'),
        ('delete', 'referencing old table as old_rows')
      ) as own (verb, rows)
      where audited.events like '%' || verb || '%'
    loop
      execute format(
        'create trigger audit_%1$s after %1$s on %2$s %3$s for each statement execute function ops.audit_changes(%4$L)',
        event.verb, audited.name, event.rows, audited.description
      );
    end loop;
  end loop;
end;
$$;

revoke insert, update, delete, truncate on ops.audit, ops.audit_link from shelfline_app;
revoke update, delete, truncate on ops.audit_check from shelfline_app;
revoke execute on function ops.add_audit(jsonb, text, text, text, text, jsonb, jsonb), ops.link_audit(), ops.audit_changes() from public, shelfline_app;
revoke execute on function ops.record_action(text, text, text, jsonb, jsonb) from public;
grant execute on function ops.record_action(text, text, text, jsonb, jsonb) to shelfline_app, shelfline_web;
grant select on ops.audit, ops.audit_link to shelfline_web;
alter table ops.audit enable row level security;
create policy application on ops.audit to shelfline_app using (true);
create policy by_administrators on ops.audit for select to shelfline_web using ((select ref.acting_role()) = 'administrator');
alter table ops.audit_link enable row level security;
create policy application on ops.audit_link to shelfline_app using (true);
create policy by_administrators on ops.audit_link for select to shelfline_web using ((select ref.acting_role()) = 'administrator');

insert into ops.alert_rule (alert_type, position, topic, every, resolve_after, group_from, meaning) values
  ('audit_broken', 229, 'alerts', '1 minute', '5 minutes', null, 'An entry of the audit log was changed or removed.');
