-- Backfill: a stored plan over assets and dates, and the cells that it will run.

create table ops.backfill_plans (
  plan text primary key,
  assets text[] not null,
  from_date date not null,
  to_date date not null,
  forced boolean not null,
  failed_only boolean not null,
  status text not null default 'planned'
    check (status in ('planned', 'running', 'succeeded', 'failed', 'cancelled')),
  planned_at timestamptz not null default now(),
  applied_at timestamptz,
  finished_at timestamptz,
  check (from_date <= to_date)
);
comment on table ops.backfill_plans is 'What was asked for, and how far it came.';
create index backfill_plans_planned_at on ops.backfill_plans (planned_at);

create table ops.backfill_cells (
  plan text not null references ops.backfill_plans on delete cascade,
  date date not null,
  asset text not null,
  -- Dependency order within the date.
  position integer not null,
  reason text not null
    check (reason in ('missing', 'failed', 'late_data', 'code_changed', 'input_changed', 'forced')),
  cause text,
  ledger_run bigint,
  estimated_rows bigint,
  estimated_bytes bigint,
  estimated_ms bigint,
  status text not null default 'planned' check (status in ('planned', 'succeeded', 'failed')),
  run bigint,
  error text,
  finished_at timestamptz,
  primary key (plan, date, asset)
);
comment on table ops.backfill_cells is 'The partitions that a plan builds, and no others.';
comment on column ops.backfill_cells.cause is 'For input_changed: the upstream asset that changed or is rebuilt by the same plan. For late_data: the raw table.';
comment on column ops.backfill_cells.ledger_run is 'The run that stood in the ledger when the plan was made; null when there was none.';
comment on column ops.backfill_cells.run is 'The run that finished the cell.';
