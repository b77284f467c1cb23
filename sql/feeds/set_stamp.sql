-- A file that was touched has the content that is known. $1 feed, $2 name, $3 etag, $4 stamp.
update ops.file_ledger
set stamp = $4
where feed_id = $1 and name = $2 and etag = $3
