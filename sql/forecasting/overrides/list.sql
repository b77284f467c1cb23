-- Overrides with what they were worth, the newest first. $1 store, $2 product, $3 state: null for all; $4 at most; $5 the override after
-- which the page begins: null for the first.
with page as materialized (
  select held.*, state
  from ops.forecast_override as held
  cross join lateral (select (ops.now() at time zone ops.time_zone_of(store_id))::date as today) as clock
  cross join lateral (
    select case
      when withdrawn_at is not null then 'withdrawn'
      when to_date < today then 'over'
      when expires_on < today then 'expired'
      else 'in_force'
    end as state
  ) as now
  where ($1::text is null or store_id = $1) and ($2::text is null or product_id = $2)
    and ($3::text is null or state = $3) and ($5::bigint is null or override_id < $5)
  order by override_id desc
  limit $4
)
select
  override_id as "overrideId",
  store_id as store,
  product_id as product,
  coalesce(products.name, product_id) as "productName",
  from_date as "from",
  to_date as "to",
  ops.decimal_text(quantity) as quantity,
  ops.decimal_text(factor) as factor,
  reason as why,
  expires_on as expires,
  created_by as by,
  created_at as "createdAt",
  withdrawn_by as "withdrawnBy",
  withdrawn_at as "withdrawnAt",
  withdrawn_reason as "withdrawnWhy",
  state,
  coalesce(measured.days, 0) as "daysMeasured",
  ops.decimal_text(measured.untouched_error) as "untouchedError",
  ops.decimal_text(measured.overridden_error) as "overriddenError"
from page
left join ref.products using (product_id)
left join (
  select
    override_id,
    count(*)::integer as days,
    sum(untouched_error) as untouched_error,
    sum(overridden_error) as overridden_error
  from bi.forecast_overrides
  where override_id in (select override_id from page)
  group by override_id
) as measured using (override_id)
order by override_id desc
