-- Runs of partitions that a receiver of OpenLineage has not been told of yet.
create table ops.lineage_outbox (
  run bigint primary key references ops.partition_runs on delete cascade,
  created_at timestamptz not null default now(),
  error text,
  refused_at timestamptz
);
create index lineage_outbox_waiting on ops.lineage_outbox (run) where refused_at is null;
create index lineage_outbox_created on ops.lineage_outbox (created_at);
comment on table ops.lineage_outbox is 'Runs of partitions whose OpenLineage events no receiver has accepted yet; 30 days at most.';
comment on column ops.lineage_outbox.run is 'The run, in ops.partition_runs.';
comment on column ops.lineage_outbox.created_at is 'When the run ended.';
comment on column ops.lineage_outbox.error is 'Why its events were not accepted the last time; null: not tried yet.';
comment on column ops.lineage_outbox.refused_at is 'When the receiver refused its events for good.';

create function ops.queue_lineage() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  insert into ops.lineage_outbox (run) select run from new_rows;
  return null;
end
$$;
comment on function ops.queue_lineage is 'Queues the OpenLineage events of runs that have ended, in the transaction that ends them.';
revoke all on function ops.queue_lineage from public;

create trigger queue_lineage after insert on ops.partition_runs
  referencing new table as new_rows for each statement execute function ops.queue_lineage();
