-- Computes what each product sells on an average day, for the impact of alerts and for order quantities.
-- Reads: state.sales_day, ref.stores, ref.shelves. Writes: state.sales_rate, state.warehouse_sales_rate. Sends: nothing.
-- Rules: once per store and its calendar day, from the four weeks before that day; days on which the store sold nothing
-- at all are skipped. One run takes limit_rows / 500 stores, because a store has some hundred products.
-- The warehouses that refill these stores are summed again.
create or replace function ops.refresh_sales_rates(as_of timestamptz, limit_rows integer) returns bigint
language plpgsql as $$
declare
  outdated text[];
  changed bigint;
begin
  perform ops.lock_job('refresh_sales_rates');
  outdated := array(
    select store_id
    from (
      select stores.store_id, (as_of at time zone stores.time_zone)::date as today,
        (select max(rate_date) from ops.sales_rate_day where sales_rate_day.store_id = stores.store_id) as done
      from ref.stores
    ) as store
    where done is distinct from today
    order by done nulls first, store_id
    -- A store has some hundred products: this many stores stay within the limit.
    limit greatest(limit_rows / 500, 1)
  );
  if outdated = '{}' then
    return 0;
  end if;

  insert into ops.sales_rate_day (store_id, rate_date)
  select store_id, (as_of at time zone time_zone)::date from ref.stores where store_id = any (outdated)
  on conflict (store_id) do update set rate_date = excluded.rate_date;

  with counted as (
    select store_id, rate_date as today, count(*) as days
    from ops.sales_rate_day
    cross join lateral (
      select distinct sale_date from state.sales_day as day
      where day.store_id = sales_rate_day.store_id and day.sale_date between rate_date - 28 and rate_date - 1
    ) as sold
    where store_id = any (outdated)
    group by store_id, rate_date
  )
  insert into state.sales_rate as rate (store_id, product_id, rate_date, units_per_day, unit_price)
  select day.store_id, day.product_id, counted.today, greatest(round(sum(day.units) / counted.days, 4), 0),
    round(sum(day.revenue) / nullif(sum(day.units), 0), 2)
  from counted
  join state.sales_day as day
    on day.store_id = counted.store_id and day.sale_date between counted.today - 28 and counted.today - 1
  group by day.store_id, day.product_id, counted.today, counted.days
  having sum(day.units) > 0 and sum(day.revenue) >= 0
  on conflict (store_id, product_id) do update set
    rate_date = excluded.rate_date, units_per_day = excluded.units_per_day, unit_price = excluded.unit_price;
  get diagnostics changed = row_count;

  perform state.sum_warehouse_rates(
    array(select distinct warehouse_id from ref.shelves where store_id = any (outdated))
  );
  return changed;
end
$$;
comment on function ops.refresh_sales_rates is 'Computes what each product sells on an average day, for the impact of alerts and for order quantities.';
