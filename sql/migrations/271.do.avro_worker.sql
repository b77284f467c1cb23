-- The process that makes events of what other systems write in Avro.
alter table ops.workers drop constraint workers_kind_check;
alter table ops.workers
  add constraint workers_kind_check check (kind in ('stream', 'batch', 'web', 'receive', 'cdc', 'predict', 'files', 'avro'));
