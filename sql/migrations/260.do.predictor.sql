-- The process that answers requests for forecasts.
alter table ops.workers drop constraint workers_kind_check;
alter table ops.workers
  add constraint workers_kind_check check (kind in ('stream', 'batch', 'web', 'receive', 'cdc', 'predict'));
