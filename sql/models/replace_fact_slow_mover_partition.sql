-- {date}: the day; {staging}: its rows, by natural key. The versions of store and product are those that held when the day was over.
insert into analytics.fact_slow_mover (
  measured_on, store_key, product_key, probability, horizon_days, days_since_sale, aging, on_hand_quantity,
  unit_value, valued_at, tied_up_amount, model_version
)
select
  {date}, store.store_key, product.product_key, probability, horizon_days, days_since_sale, aging, on_hand_quantity,
  unit_value, valued_at, tied_up_amount, model_version
from {staging} as staged
join lateral (
  select store_key from analytics.dim_store
  where dim_store.store_id = staged.store_id and valid_from < ({date} + 1)::timestamp at time zone 'UTC'
  order by valid_from desc limit 1
) as store on true
join lateral (
  select product_key from analytics.dim_product
  where dim_product.product_id = staged.product_id and valid_from < ({date} + 1)::timestamp at time zone 'UTC'
  order by valid_from desc limit 1
) as product on true
