-- The values for a scope, and the policy of each. $1 kind, $2 store or warehouse, $3 category, $4 product: null for
-- nothing in particular; $5 the values that policies of this kind have. Of a product the category is the catalogue's.
with scope as (
  select coalesce($3, (select category from ref.products where product_id = $4)) as category
),
policy as (
  select
    policy_now.*,
    -- As in ref.shelf_policy: a product before a category before everything, each in one place before everywhere.
    2 * num_nonnulls(policy_now.category) + 4 * num_nonnulls(policy_now.product_id) + num_nonnulls(policy_now.place_id) + 1
      as specificity
  from ref.policy_now
  cross join scope
  where kind = $1
    and (place_id is null or place_id = $2)
    and (policy_now.category is null or policy_now.category = scope.category)
    and (product_id is null or product_id = $4)
),
said as (
  select value.key as name, value.value, policy.policy_id, policy.changed_by, policy.effective_at, policy.specificity
  from policy
  cross join lateral jsonb_each_text(to_jsonb(policy)) as value
  where value.key = any ($5) and value.value is not null
  union all
  select value.key, value.value, null, null, null, 0
  from ref.policy_default
  cross join lateral jsonb_each_text(to_jsonb(policy_default)) as value
  where value.key = any ($5)
)
select distinct on (name) name, value, policy_id, changed_by, effective_at
from said
order by name, specificity desc
