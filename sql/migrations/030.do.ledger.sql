-- The ledger: what every partition of every asset was made from, by whom and how it went; its history; its checks.

-- Runs are numbered in the order in which they start. The number is also the fence: of two runs of one partition only
-- the one whose number stands in the ledger may swap.
create sequence ops.partition_run_numbers;

create table ops.assets (
  asset text primary key,
  description text not null,
  store text not null check (store in ('lake', 'postgres')),
  upstream text[] not null,
  code_version text not null,
  -- Position in dependency order: an asset comes after everything that it is made from.
  position integer not null,
  registered_at timestamptz not null default now()
);
comment on table ops.assets is 'The assets that the batch workers know, as the worker that started last told them.';

create table ops.partition_ledger (
  asset text not null,
  date date not null,
  status text not null check (status in ('running', 'succeeded', 'failed')),
  run bigint not null,
  workflow_id text not null,
  run_id text not null,
  reason text not null,
  error text,
  started_at timestamptz not null,
  finished_at timestamptz,
  lease_until timestamptz not null,
  inputs jsonb,
  inputs_at timestamptz,
  output_version bigint,
  code_version text,
  rows bigint,
  bytes bigint,
  duration_ms bigint,
  succeeded_run bigint,
  succeeded_at timestamptz,
  primary key (asset, date)
);
comment on table ops.partition_ledger is
  'One row a partition. status to lease_until tell of the latest run; inputs to succeeded_at tell of the partition that can be read, which is the latest run that succeeded, and are null until there is one.';
comment on column ops.partition_ledger.date is 'The store''s day.';
comment on column ops.partition_ledger.run is 'Number of the latest run, and the fence: an older run may not swap.';
comment on column ops.partition_ledger.workflow_id is 'Temporal workflow of the latest run.';
comment on column ops.partition_ledger.run_id is 'Temporal run of that workflow.';
comment on column ops.partition_ledger.reason is 'Why the latest run ran: scheduled, requested, missing, failed, late_data, code_changed, input_changed, forced.';
comment on column ops.partition_ledger.lease_until is 'A running run renews this; when it has passed, another workflow may take over.';
comment on column ops.partition_ledger.inputs is 'By input: the version of a lake table, or the newest change of a PostgreSQL table.';
comment on column ops.partition_ledger.inputs_at is 'When the inputs were pinned; an upstream that succeeded later is not in this partition.';
comment on column ops.partition_ledger.output_version is 'Version of the lake table that holds this partition; null for PostgreSQL tables.';
create index partition_ledger_date on ops.partition_ledger (date);

create table ops.partition_runs (
  run bigint primary key,
  asset text not null,
  date date not null,
  status text not null check (status in ('succeeded', 'failed')),
  workflow_id text not null,
  run_id text not null,
  reason text not null,
  error text,
  started_at timestamptz not null,
  finished_at timestamptz not null,
  inputs jsonb,
  output_version bigint,
  code_version text,
  rows bigint,
  bytes bigint,
  duration_ms bigint not null
);
comment on table ops.partition_runs is 'Every run of a partition that ended. Append-only.';
create index partition_runs_partition on ops.partition_runs (asset, date, run);
revoke update, delete, truncate on ops.partition_runs from shelfline_app;

create table ops.check_results (
  run bigint not null,
  check_name text not null,
  asset text not null,
  date date,
  severity text not null check (severity in ('block', 'warn')),
  passed boolean not null,
  finding text not null,
  failing_rows bigint not null,
  checked_at timestamptz not null default now(),
  primary key (run, check_name)
);
comment on table ops.check_results is
  'Every check of every run; asset data_quality for the hourly checks, which have no partition.';
create index check_results_partition on ops.check_results (asset, date, run);
create index check_results_failed on ops.check_results (checked_at) where not passed;

create table ops.check_failures (
  failure bigint generated always as identity primary key,
  run bigint not null,
  check_name text not null,
  reason text not null,
  failing_row jsonb not null,
  foreign key (run, check_name) references ops.check_results on delete cascade
);
comment on table ops.check_failures is 'Rows that failed a check: at most 100 for each check of a run.';
create index check_failures_run on ops.check_failures (run, check_name);
