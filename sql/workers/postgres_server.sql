-- How the PostgreSQL server is: one row. Sessions of other roles are counted with the rights of pg_read_all_stats.
with sessions as (
  select
    count(*) filter (where state = 'active') as active,
    count(*) filter (where state like 'idle in transaction%') as idle_in_transaction,
    count(*) as total,
    count(*) filter (where wait_event_type = 'Lock') as waiting,
    coalesce(max(extract(epoch from clock_timestamp() - xact_start)), 0) as oldest_transaction_seconds
  from pg_stat_activity
  where backend_type = 'client backend' and pid <> pg_backend_pid()
),

replication_slots as (
  select coalesce(max(pg_current_wal_lsn() - restart_lsn), 0) as kept_bytes
  from pg_replication_slots
  where not pg_is_in_recovery()
)

select
  sessions.active::float8 as active,
  sessions.idle_in_transaction::float8 as "idleInTransaction",
  sessions.total::float8 as total,
  sessions.waiting::float8 as waiting,
  sessions.oldest_transaction_seconds::float8 as "oldestTransactionSeconds",
  current_setting('max_connections')::float8 as "connectionsMax",
  pg_database_size(current_database())::float8 as "databaseBytes",
  database.xact_commit::float8 as commits,
  database.xact_rollback::float8 as rollbacks,
  database.deadlocks::float8 as deadlocks,
  database.blks_hit::float8 as "blocksFromMemory",
  database.blks_read::float8 as "blocksFromDisk",
  replication_slots.kept_bytes::float8 as "slotBytes",
  (select max(age(datfrozenxid))::float8 from pg_database) as "transactionIdAge"
from sessions
cross join replication_slots
join pg_stat_database as database on database.datname = current_database()
