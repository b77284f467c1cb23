-- Which worker processes there are: each says so every few seconds, by the database's clock.

create table ops.workers (
  worker_id uuid primary key,
  kind text not null check (kind in ('stream', 'batch')),
  host text not null,
  pid integer not null,
  version text not null,
  serves text[] not null,
  problem text,
  started_at timestamptz not null default clock_timestamp(),
  last_seen_at timestamptz not null default clock_timestamp(),
  stopped_at timestamptz
) with (fillfactor = 50);
comment on table ops.workers is
  'One row a worker process, written at its start and every five seconds. Of those that have ended the newest 50 of each kind are kept.';
comment on column ops.workers.serves is 'What it works on: processors of a stream worker, task queues of a batch worker.';
comment on column ops.workers.problem is 'What its /healthz says is wrong; null when nothing is.';
comment on column ops.workers.stopped_at is 'When it ended by itself; null also for one that was killed.';

create view ops.worker_states with (security_invoker = true) as
select
  worker_id, kind, host, pid, version, serves, problem, started_at, last_seen_at, stopped_at,
  case
    when stopped_at is not null then 'stopped'
    when last_seen_at < clock_timestamp() - interval '20 seconds' then 'lost'
    else 'alive'
  end as state,
  greatest(0, extract(epoch from clock_timestamp() - last_seen_at))::float8 as seconds_since_seen
from ops.workers;
comment on view ops.worker_states is
  'The workers and whether each is alive: not heard of for 20 s, it counts as lost. The one place where that is decided.';
grant select on ops.worker_states to shelfline_app;
