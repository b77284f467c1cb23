-- What overrides were worth on all of their days that were compared. $1 store, $2 product: null for all.
select
  count(*)::integer as days,
  ops.decimal_text(coalesce(sum(untouched_error), 0)) as "untouchedError",
  ops.decimal_text(coalesce(sum(overridden_error), 0)) as "overriddenError",
  count(*) filter (where value_added > 0)::integer as "betterDays"
from bi.forecast_overrides
join ops.forecast_override using (override_id)
where ($1::text is null or store_id = $1) and ($2::text is null or product_id = $2)
