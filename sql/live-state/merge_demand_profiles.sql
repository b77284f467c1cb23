-- Puts a store's profiles in place of the older ones. $1: store, $2: the store's day, $3: a JSON array of profiles, $4: a JSON
-- array of patterns, $5: the model, $6: usual visitors by hour.
with pattern as (
  insert into state.demand_pattern (store_id, category, running_days)
  select $1, category, running_days
  from json_to_recordset($4::json) as (category text, running_days double precision[])
  on conflict (store_id, category) do update set running_days = excluded.running_days
),
model as (
  insert into state.availability_model (store_id, profile_date, model, usual_visitors)
  values ($1, $2, $5, $6)
  on conflict (store_id) do update
    set profile_date = excluded.profile_date, model = excluded.model, usual_visitors = excluded.usual_visitors
),
profile as (
  insert into state.demand_profile
  select $1, product_id, $2, category, days, units_per_day, inverse_size, unit_price, sales_an_hour, depletion_factor,
    restock_factor
  from json_to_recordset($3::json) as (
    product_id text, category text, days integer, units_per_day double precision, inverse_size double precision,
    unit_price numeric, sales_an_hour real[], depletion_factor real, restock_factor real
  )
  order by product_id
  on conflict (store_id, product_id) do update set
    profile_date = excluded.profile_date, category = excluded.category, days = excluded.days,
    units_per_day = excluded.units_per_day, inverse_size = excluded.inverse_size, unit_price = excluded.unit_price,
    sales_an_hour = excluded.sales_an_hour, depletion_factor = excluded.depletion_factor,
    restock_factor = excluded.restock_factor
  returning product_id
)
select count(*) as profiles from profile
