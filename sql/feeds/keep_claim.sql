-- Keeps the claim on a file. $1 feed, $2 name, $3 etag, $4 who has it, $5 for how many milliseconds. No row: another process has it.
update ops.file_ledger
set claimed_until = now() + $5 * interval '1 millisecond'
where feed_id = $1 and name = $2 and etag = $3 and claimed_by = $4 and outcome = 'taking'
