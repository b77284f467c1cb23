-- Feeds: folders and prefixes of buckets whose files become events, and what became of each file.
create table ref.file_feed (
  feed_id text primary key check (feed_id ~ '^[a-z0-9][a-z0-9_-]{0,62}$'),
  place text not null check (length(place) between 1 and 1000),
  topic text not null check (topic <> ''),
  map text not null check (octet_length(map) <= 65536),
  rejects_max bigint not null check (rejects_max >= 0),
  bytes_max bigint not null check (bytes_max > 0),
  changed_by text not null,
  updated_at timestamptz not null default now()
);
comment on table ref.file_feed is 'Folders and prefixes of buckets whose files become events.';
comment on column ref.file_feed.feed_id is 'Its name.';
comment on column ref.file_feed.place is 'A folder, or s3://bucket/prefix/ in the object store.';
comment on column ref.file_feed.topic is 'The topic of its events.';
comment on column ref.file_feed.map is 'YAML that maps the columns of its files to the fields of the contract, as `shelfline import` reads it.';
comment on column ref.file_feed.rejects_max is 'A file with more rejected rows is set aside as a whole.';
comment on column ref.file_feed.bytes_max is 'A larger file is set aside.';
comment on column ref.file_feed.changed_by is 'Who changed it last.';
comment on column ref.file_feed.updated_at is 'When it was changed last.';

create table ops.file_ledger (
  feed_id text not null references ref.file_feed on delete cascade,
  name text not null,
  etag text not null,
  stamp text not null,
  bytes bigint not null,
  outcome text not null default 'taking' check (outcome in ('taking', 'sent', 'set_aside')),
  rows bigint not null default 0,
  sent bigint not null default 0,
  rejected bigint not null default 0,
  error text,
  is_moved boolean not null default false,
  attempts integer not null default 1,
  claimed_by uuid not null,
  claimed_until timestamptz not null,
  milliseconds bigint,
  updated_at timestamptz not null default now(),
  primary key (feed_id, name, etag)
);
create index file_ledger_newest on ops.file_ledger (feed_id, updated_at);
comment on table ops.file_ledger is 'The files of feeds: the same content under the same name is taken once.';
comment on column ops.file_ledger.name is 'Its name below the place of the feed.';
comment on column ops.file_ledger.etag is 'Names its content: the ETag of the object store, or the SHA-256 of a file in a folder.';
comment on column ops.file_ledger.stamp is 'While it is the same, so is the content: the ETag, or size, time of change and inode of a file in a folder.';
comment on column ops.file_ledger.outcome is 'taking: it is read, or waits for another attempt. sent: Kafka has its valid rows. set_aside: none was sent.';
comment on column ops.file_ledger.rows is 'Rows that were read.';
comment on column ops.file_ledger.sent is 'Events that Kafka has acknowledged.';
comment on column ops.file_ledger.rejected is 'Rows that break the contract or can not be read.';
comment on column ops.file_ledger.error is 'Why it was set aside, or why the last attempt failed.';
comment on column ops.file_ledger.is_moved is 'It was moved to refused/: a person who puts it back wants it to be taken.';
comment on column ops.file_ledger.attempts is 'Attempts that have begun; one that was ended by a stop does not count.';
comment on column ops.file_ledger.claimed_by is 'The process that reads it, or has read it.';
comment on column ops.file_ledger.claimed_until is 'Before then no other attempt begins.';
comment on column ops.file_ledger.milliseconds is 'How long the last attempt took.';
comment on column ops.file_ledger.updated_at is 'When an attempt began, or when it was taken.';

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
      'create trigger audit_%1$s after %1$s on ref.file_feed %2$s for each statement execute function ops.audit_changes(%3$L)',
      event.verb, event.rows, '{"object": "file feed", "key": ["feed_id"], "by": ["changed_by"], "ignore": ["updated_at"]}'
    );
  end loop;
end;
$$;

alter table ops.workers drop constraint workers_kind_check;
alter table ops.workers
  add constraint workers_kind_check check (kind in ('stream', 'batch', 'web', 'receive', 'cdc', 'predict', 'files'));
