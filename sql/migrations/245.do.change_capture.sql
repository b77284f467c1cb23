-- Change data capture: which tables of other databases become events of which topic, and how far the mapper is.
create table ref.cdc_map (
  map_id text primary key check (map_id ~ '^[a-z0-9][a-z0-9_-]{0,62}$'),
  generation uuid not null default gen_random_uuid(),
  change_topic text not null check (change_topic ~ '^[A-Za-z0-9._-]{1,249}$'),
  topic text not null check (topic <> ''),
  map text not null check (octet_length(map) <= 65536),
  changed_by text not null,
  updated_at timestamptz not null default now()
);
comment on table ref.cdc_map is 'Tables of other databases whose changes become events.';
comment on column ref.cdc_map.map_id is 'Its name.';
comment on column ref.cdc_map.generation is 'Part of the name of its group in Kafka: a map that is removed and added again starts anew.';
comment on column ref.cdc_map.change_topic is 'The topic that Debezium writes the changes of the table to.';
comment on column ref.cdc_map.topic is 'The topic of its events.';
comment on column ref.cdc_map.map is 'YAML that maps the columns of the table to the fields of the contract.';
comment on column ref.cdc_map.changed_by is 'Who changed it last.';
comment on column ref.cdc_map.updated_at is 'When it was changed last.';

create table ops.cdc_stream (
  map_id text primary key references ref.cdc_map on delete cascade,
  epoch bigint not null,
  topic_id uuid not null,
  slice bigint not null default 0,
  position bigint not null,
  is_settled boolean not null default true,
  snapshot_from bigint,
  messages bigint not null default 0,
  events bigint not null default 0,
  rejected bigint not null default 0,
  before_slice jsonb,
  changed_at timestamptz,
  problem text,
  updated_at timestamptz not null default now()
);
comment on table ops.cdc_stream is 'How far each map has read its topic of changes. Kafka decides whether the newest slice counts: its number is committed together with the events.';
comment on column ops.cdc_stream.epoch is 'Counts the workers that have had the map: an earlier one can no longer write.';
comment on column ops.cdc_stream.topic_id is 'The log that is read: a topic that is created again has another.';
comment on column ops.cdc_stream.slice is 'Number of the newest slice of messages that was mapped.';
comment on column ops.cdc_stream.position is 'The next offset after it.';
comment on column ops.cdc_stream.is_settled is 'Kafka is known to have committed the slice.';
comment on column ops.cdc_stream.snapshot_from is 'The offset at which a snapshot of the table began that has not ended yet.';
comment on column ops.cdc_stream.messages is 'Messages read.';
comment on column ops.cdc_stream.events is 'Events made of them; a change that changes no mapped column makes none.';
comment on column ops.cdc_stream.rejected is 'Messages of which no valid event could be made: each is a dead letter of the topic of the map.';
comment on column ops.cdc_stream.before_slice is 'What position, snapshot_from and the counters were before the slice: restored when Kafka has not committed it.';
comment on column ops.cdc_stream.changed_at is 'When the newest of the changes happened in the other database.';
comment on column ops.cdc_stream.problem is 'Why it does not continue; null: it does.';

create table ops.cdc_row (
  map_id text not null references ref.cdc_map on delete cascade,
  row_id uuid not null,
  row_key text not null,
  image jsonb,
  at_us bigint not null,
  seen_at bigint not null,
  slice bigint not null,
  before_image jsonb,
  before_at_us bigint,
  primary key (map_id, row_id)
);
create index cdc_row_slice on ops.cdc_row (map_id, slice);
comment on table ops.cdc_row is 'The rows of captured tables as they were last read: an event about a change has the difference. Some 400 bytes a row; a deleted row is kept for a week.';
comment on column ops.cdc_row.row_id is 'Hash of its primary key.';
comment on column ops.cdc_row.row_key is 'Its primary key, JSON.';
comment on column ops.cdc_row.image is 'The columns that the map reads; null: the row is deleted.';
comment on column ops.cdc_row.at_us is 'When it changed last, microseconds since the epoch: of one row later than each time before.';
comment on column ops.cdc_row.seen_at is 'Offset of the last message about it.';
comment on column ops.cdc_row.slice is 'Number of the slice that changed it last.';
comment on column ops.cdc_row.before_image is 'The columns before that slice.';
comment on column ops.cdc_row.before_at_us is 'When it had changed before that slice; null: it was not known.';

do $$
declare
  event record;
begin
  for event in
    select * from (values
      ('insert', 'referencing new table as new_rows'),
      ('update', 'referencing old table as old_rows new table as new_rows'),
      ('delete', 'referencing old table as old_rows')
    ) as own (verb, rows)
  loop
    execute format(
      'create trigger audit_%1$s after %1$s on ref.cdc_map %2$s for each statement execute function ops.audit_changes(%3$L)',
      event.verb, event.rows, '{"object": "cdc map", "key": ["map_id"], "by": ["changed_by"], "ignore": ["updated_at", "generation"]}'
    );
  end loop;
end;
$$;

alter table ops.workers drop constraint workers_kind_check;
alter table ops.workers add constraint workers_kind_check check (kind in ('stream', 'batch', 'web', 'receive', 'cdc'));
