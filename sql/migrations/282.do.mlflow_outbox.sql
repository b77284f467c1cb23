-- Versions of models, and changes of the champion, that an MLflow server does not have yet.
create table ops.mlflow_outbox (
  entry bigint generated always as identity primary key,
  model_name text not null,
  version integer not null,
  change bigint references ops.model_alias_log on delete cascade,
  created_at timestamptz not null default now(),
  error text,
  refused_at timestamptz,
  foreign key (model_name, version) references ops.model_version on delete cascade
);
create index mlflow_outbox_waiting on ops.mlflow_outbox (entry) where refused_at is null;
comment on table ops.mlflow_outbox is 'Versions of models, and changes of the champion, that no MLflow server has accepted yet.';
comment on column ops.mlflow_outbox.entry is 'The order in which they are sent.';
comment on column ops.mlflow_outbox.change is 'The change of the alias, in ops.model_alias_log; null: the version itself.';
comment on column ops.mlflow_outbox.created_at is 'When the version was registered, or the champion changed.';
comment on column ops.mlflow_outbox.error is 'Why it was not accepted the last time; null: not tried yet.';
comment on column ops.mlflow_outbox.refused_at is 'When the server refused it for good.';

create function ops.queue_version() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  insert into ops.mlflow_outbox (model_name, version) select model_name, version from new_rows order by model_name, version;
  return null;
end
$$;
comment on function ops.queue_version is 'Queues versions for MLflow, in the transaction that registers them.';
revoke all on function ops.queue_version from public;

create function ops.queue_alias() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  insert into ops.mlflow_outbox (model_name, version, change) select model_name, version, change from new_rows order by change;
  return null;
end
$$;
comment on function ops.queue_alias is 'Queues changes of the champion for MLflow, in the transaction that makes them.';
revoke all on function ops.queue_alias from public;

create trigger queue_version after insert on ops.model_version
  referencing new table as new_rows for each statement execute function ops.queue_version();
create trigger queue_alias after insert on ops.model_alias_log
  referencing new table as new_rows for each statement execute function ops.queue_alias();

-- A server that comes later knows what was registered before.
insert into ops.mlflow_outbox (model_name, version, change, created_at)
select model_name, version, change, created_at
from (
  select model_name, version, null::bigint as change, created_at from ops.model_version
  union all
  select model_name, version, change, changed_at from ops.model_alias_log
) as known
order by created_at, change nulls first, model_name, version;
