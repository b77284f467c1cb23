-- A file that was claimed, and is there no longer with this content. $1 feed, $2 name, $3 etag, $4 who has it (null: no one).
delete from ops.file_ledger
where
  feed_id = $1 and name = $2 and etag = $3 and outcome = 'taking'
  and (claimed_by = $4 or ($4 is null and claimed_until <= now()))
