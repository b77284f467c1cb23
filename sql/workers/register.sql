-- A worker that starts: $1 id, $2 kind, $3 host, $4 pid, $5 version, $6 what it serves. Old rows of its kind go.
with pruned as (
  delete from ops.workers
  where worker_id in (
    select worker_id from ops.worker_states
    where kind = $2 and state <> 'alive'
    order by last_seen_at desc
    offset 50
  )
)

insert into ops.workers (worker_id, kind, host, pid, version, serves)
values ($1, $2, $3, $4, $5, $6)
on conflict (worker_id) do nothing
