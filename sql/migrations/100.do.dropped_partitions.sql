-- Partitions that somebody took away by hand, with what they held and why.

create table ops.dropped_partitions (
  run bigint primary key,
  asset text not null,
  date date not null,
  rows bigint,
  bytes bigint,
  succeeded_run bigint,
  dropped_by text not null,
  why text not null,
  dropped_at timestamptz not null default now()
);
comment on table ops.dropped_partitions is 'Partitions whose rows and ledger row were removed by hand. Append-only.';
comment on column ops.dropped_partitions.run is 'Number of the run that removed it, counted with those that build.';
comment on column ops.dropped_partitions.asset is 'The asset.';
comment on column ops.dropped_partitions.date is 'The store''s day.';
comment on column ops.dropped_partitions.rows is 'Rows that it held; null when it was never built.';
comment on column ops.dropped_partitions.bytes is 'Bytes that it had; null when it was never built.';
comment on column ops.dropped_partitions.succeeded_run is 'The run that had built it; null when none had.';
comment on column ops.dropped_partitions.dropped_by is 'Who removed it.';
comment on column ops.dropped_partitions.why is 'Why, in their words.';
comment on column ops.dropped_partitions.dropped_at is 'When.';
create index dropped_partitions_partition on ops.dropped_partitions (asset, date);
revoke update, delete, truncate on ops.dropped_partitions from shelfline_app;
