-- The newest files of a feed. $1 feed, $2 only with this outcome (null: any), $3 at most.
select
  name, etag, bytes, outcome, rows, sent, rejected, error, attempts, milliseconds, updated_at as "updatedAt"
from ops.file_ledger
where feed_id = $1 and outcome = coalesce($2, outcome)
order by updated_at desc, name, etag
limit $3
