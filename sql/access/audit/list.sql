-- Entries of the audit log, the newest first. Null for any: $1 person, $2 kind of thing, $3 which thing, $4 action, $5 program,
-- $6 since, $7 until; $8 at most; $9 number of the entry after which the page begins: null for the first.
select
  audit_id as "auditId", position, at, login, person, proof, via, address, request, action, object, object_id as "objectId", before, after
from ops.audit
join ops.audit_link using (audit_id)
where ($1::text is null or person = $1)
  and ($2::text is null or object = $2)
  and ($3::text is null or object_id = $3)
  and ($4::text is null or action = $4)
  and ($5::text is null or via = $5)
  and ($6::timestamptz is null or at >= $6)
  and ($7::timestamptz is null or at < $7)
  and ($9::bigint is null or audit_id < $9)
order by audit_id desc
limit $8
