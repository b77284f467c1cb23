-- Ends an attempt that has not taken the file. $1 feed, $2 name, $3 etag, $4 who has it, $5 milliseconds before the next, $6 why,
-- $7 whether the attempt counts.
update ops.file_ledger
set
  claimed_until = now() + $5 * interval '1 millisecond',
  error = $6,
  attempts = attempts - case when $7 then 0 else 1 end
where feed_id = $1 and name = $2 and etag = $3 and claimed_by = $4 and outcome = 'taking'
