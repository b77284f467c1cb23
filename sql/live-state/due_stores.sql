-- Stores with shelves whose state moved since they were evaluated, or that were evaluated an hour ago and longer.
-- $1: as of, $2: limit.
select shelf.store_id as "storeId"
from state.shelf as shelf
join state.demand_profile using (store_id, product_id)
left join state.stock_out_risk as risk using (store_id, product_id)
where risk.shelf_updated_at is distinct from shelf.updated_at
  or risk.evaluated_at <= $1::timestamptz - interval '1 hour'
  or risk.evaluated_at > $1
group by shelf.store_id
order by min(risk.evaluated_at) nulls first, shelf.store_id
limit $2
