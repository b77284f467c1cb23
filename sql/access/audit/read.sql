-- The entry at position $1 of the audit log.
select
  audit_id as "auditId", position, at, login, person, proof, via, address, request, action, object, object_id as "objectId", before, after
from ops.audit
join ops.audit_link using (audit_id)
where position = $1
