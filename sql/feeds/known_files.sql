-- What the ledger has of some files of a feed. $1 feed, $2 names.
select
  name, etag, stamp, outcome, error, is_moved as "isMoved",
  outcome = 'taking' and claimed_until > now() as "isClaimed"
from ops.file_ledger
where feed_id = $1 and name = any ($2::text[])
