-- What became of a file. $1 feed, $2 name, $3 etag, $4 who has it, $5 outcome, $6 rows, $7 sent, $8 rejected, $9 why it is set aside,
-- $10 milliseconds. No row: another process has it.
update ops.file_ledger
set
  outcome = $5,
  rows = $6,
  sent = $7,
  rejected = $8,
  error = $9,
  milliseconds = $10,
  claimed_until = now(),
  updated_at = now()
where feed_id = $1 and name = $2 and etag = $3 and claimed_by = $4 and outcome = 'taking'
