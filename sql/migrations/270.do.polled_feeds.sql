-- Feeds whose place is an API that is asked for its rows.
alter table ref.file_feed add column api text check (octet_length(api) <= 65536);
alter table ref.file_feed add column secret text;
comment on column ref.file_feed.place is 'A folder, s3://bucket/prefix/ in the object store, or the address of an API.';
comment on column ref.file_feed.api is 'YAML that defines how an API is asked (docs/api-feeds.md); null: its place is no API.';
comment on column ref.file_feed.secret is 'What we sign in with at the API, sealed; null: nothing.';

create table ops.api_position (
  feed_id text primary key references ref.file_feed on delete cascade,
  position jsonb not null,
  updated_at timestamptz not null default now()
);
comment on table ops.api_position is 'Where feeds of APIs continue: written when all before it is in Kafka or was set aside.';
comment on column ops.api_position.position is 'since: what was changed before is known. page: the next page of a poll that is under way. greatest: the newest change that it has seen.';
comment on column ops.api_position.updated_at is 'When it was written.';
