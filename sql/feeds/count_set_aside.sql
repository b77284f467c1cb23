-- Files of a feed that were set aside within a day. $1 feed.
select count(*)::integer as files
from ops.file_ledger
where feed_id = $1 and outcome = 'set_aside' and updated_at > now() - interval '24 hours'
