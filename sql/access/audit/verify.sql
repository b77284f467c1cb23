-- Looks at the whole chain of the audit log, and keeps the result, so that the next look finds a chain that was rewritten or cut.
-- $1, $2: position and hash (hexadecimal) of a link that was noted elsewhere and must be part of it; null: none was.
with links as (
  select position, audit_id, hash, lag(position, 1, 0::bigint) over in_order as position_before, lag(hash) over in_order as hash_before
  from ops.audit_link
  window in_order as (order by position)
),

problems as (
  select
    links.position,
    case
      when links.position_before <> links.position - 1 then
        format('%s links before it were removed', links.position - 1 - links.position_before)
      when entry.audit_id is null then format('its entry %s was removed', links.audit_id)
      when links.hash <> ops.audit_hash(links.hash_before, entry) then format('entry %s was changed, or its link', links.audit_id)
    end as problem
  from links
  left join ops.audit as entry on entry.audit_id = links.audit_id
  union all
  select null, format('entry %s is not in the chain', audit_id)
  from ops.audit
  left join ops.audit_link as link using (audit_id)
  where link.audit_id is null
  union all
  select noted.position, format('it had the hash %s %s', encode(noted.hash, 'hex'), noted.source)
  from (
    select position, hash, format('at the check of %s', to_char(checked_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI "UTC"')) as source
    from ops.audit_check where position > 0 and broken_at is null
    union all
    select $1::bigint, decode($2::text, 'hex'), 'where it was noted' where $1 is not null
  ) as noted
  left join ops.audit_link as link using (position)
  where link.hash is distinct from noted.hash
),

first_problem as (
  select position, problem from problems where problem is not null order by position nulls last limit 1
),

newest as (
  select coalesce(max(position), 0) as position from ops.audit_link
)

insert into ops.audit_check (position, hash, broken_at, problem)
select newest.position, link.hash, coalesce(first_problem.position, case when problem is not null then 0 end), first_problem.problem
from newest
left join ops.audit_link as link on link.position = newest.position
left join first_problem on true
returning position, encode(hash, 'hex') as hash, broken_at as "brokenAt", problem
