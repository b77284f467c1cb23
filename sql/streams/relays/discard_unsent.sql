-- Messages that will never be sent; they stay readable for 30 days. $1 unsent_ids, $2 who, $3 why.
update ops.unsent_message
set status = 'discarded', settled_at = clock_timestamp(), settled_by = $2, settled_why = $3
where unsent_id = any ($1::bigint[]) and status = 'open'
