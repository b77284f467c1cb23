-- Plans of markdowns, the newest day first. $1 store, $2 state, $3 day: null for all; $4 only of at least one per cent or that wait;
-- $5 at most; $6 day, $7 store and $8 product after which the page begins: null for the first.
select
  plan_date::text as "day",
  store_id as store,
  product_id as product,
  explanation ->> 'productName' as "productName",
  ops.decimal_text(percent) as percent,
  ops.decimal_text(best_percent) as "bestPercent",
  state,
  ops.decimal_text(near_quantity) as "nearUnits",
  last_expires_on::text as "lastExpiresOn",
  decided_by as "decidedBy"
from ops.markdown_plan
where ($1::text is null or store_id = $1) and ($2::text is null or state = $2) and ($3::date is null or plan_date = $3)
  and (not $4::boolean or best_percent > 0)
  and ($6::date is null or (plan_date, $7::text, $8::text) < ($6::date, store_id, product_id))
order by plan_date desc, store_id, product_id
limit $5
