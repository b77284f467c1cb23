-- A file lies in refused/. $1 feed, $2 name, $3 etag.
update ops.file_ledger
set is_moved = true
where feed_id = $1 and name = $2 and etag = $3 and outcome = 'set_aside'
