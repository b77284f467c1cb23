-- Entries of the audit log in the order of their chain, after position $1, at most $2: the text that was hashed, as it was hashed.
select link.position, encode(link.hash, 'hex') as hash, ops.audit_text(entry) as entry
from ops.audit_link as link
join ops.audit as entry on entry.audit_id = link.audit_id
where link.position > $1
order by link.position
limit $2
