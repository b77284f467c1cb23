-- Files of feeds by outcome. $1 only of this feed (null: all).
select feed_id as "feedId", outcome, count(*) as files, max(updated_at) as newest
from ops.file_ledger
where feed_id = coalesce($1, feed_id)
group by feed_id, outcome
