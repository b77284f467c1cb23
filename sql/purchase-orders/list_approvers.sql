-- Who may approve, in which roles: everybody, or person $1 alone.
select
  person,
  role,
  (select ops.decimal_text(min(from_value)) from ref.approval_tier as tier where tier.role = approver.role) as "fromValue",
  location_id as "locationId",
  delegate_to as "delegateTo",
  to_char(delegate_until at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as "delegateUntil"
from ref.approver
where $1::text is null or person = $1
order by person, role, location_id nulls first
limit 200
