-- Versions of policies, the newest first. $1 kind, $2 policy: null for any; $3 at most; $4 instant and $5 event of the version
-- after which the page begins: null for the first.
select *
from (
  select
    kind, policy_id, effective_at, place_id, category, product_id, changed_by, reason, to_jsonb(policy) as values,
    row_number() over (partition by kind, policy_id order by effective_at, event_id)::integer as version,
    event_id,
    array[effective_at::text, event_id::text] as place
  from ref.policy
  where kind = coalesce($1, kind) and policy_id = coalesce($2, policy_id)
) as versions
where $4::timestamptz is null or (effective_at, event_id) < ($4::timestamptz, $5)
order by effective_at desc, event_id desc
limit $3
