-- Begins an attempt at a file, unless another process is at it, or it was taken. $1 feed, $2 name, $3 etag, $4 stamp, $5 bytes,
-- $6 who claims it, $7 for how many milliseconds, $8 when the feed was changed last, as far as they know, in milliseconds.
-- No row: it is not for this process, or the feed is another by now.
insert into ops.file_ledger as ledger (feed_id, name, etag, stamp, bytes, claimed_by, claimed_until)
select feed_id, $2, $3, $4, $5, $6, now() + $7 * interval '1 millisecond'
from ref.file_feed
where feed_id = $1 and date_trunc('milliseconds', updated_at) = $8
on conflict (feed_id, name, etag) do update set
  stamp = excluded.stamp,
  outcome = 'taking',
  error = case when ledger.outcome = 'taking' then ledger.error end,
  is_moved = false,
  attempts = case when ledger.outcome = 'taking' then ledger.attempts + 1 else 1 end,
  claimed_by = excluded.claimed_by,
  claimed_until = excluded.claimed_until,
  updated_at = now()
where
  (ledger.outcome = 'taking' and ledger.claimed_until <= now())
  or (ledger.outcome = 'set_aside' and ledger.is_moved)
returning attempts, error
