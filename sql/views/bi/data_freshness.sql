create or replace view bi.data_freshness with (security_invoker = true) as
select
  asset,
  min(date) filter (where succeeded_at is not null) as first_date,
  max(date) filter (where succeeded_at is not null) as last_date,
  count(*) filter (where succeeded_at is not null) as dates_ready,
  count(*) filter (where status = 'failed') as dates_failed,
  count(*) filter (where status = 'running') as dates_running,
  max(succeeded_at) at time zone 'UTC' as refreshed_at,
  max(greatest(started_at, succeeded_at)) at time zone 'UTC' as updated_at
from ops.partition_ledger
group by asset;

comment on view bi.data_freshness is 'The newest date of each table of the lake and the star schema.';
comment on column bi.data_freshness.asset is 'The table.';
comment on column bi.data_freshness.first_date is 'First day that can be read.';
comment on column bi.data_freshness.last_date is 'Last day that can be read.';
comment on column bi.data_freshness.dates_ready is 'Days that can be read.';
comment on column bi.data_freshness.dates_failed is 'Days whose latest run failed; an earlier good one, if any, is kept.';
comment on column bi.data_freshness.dates_running is 'Days that are being built.';
comment on column bi.data_freshness.refreshed_at is 'When a day last became ready, UTC.';
comment on column bi.data_freshness.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
