-- The cover of a store is measured up to its own last sale: one store's newer day no longer empties the window of the others.
comment on column analytics.stock_cover.measured_on is
  'The store''s last day with a sale; for a store that has never sold, that of any store.';

create or replace function analytics.refresh_stock_cover() returns bigint
  language plpgsql as $$
declare
  rows_written bigint;
begin
  with last_sale as (
    select store_id, max(sale_date) as sale_date
    from state.sales_day
    group by store_id
  ),
  recent_sales as (
    select sales_day.store_id, sales_day.product_id, sum(sales_day.units) as quantity
    from state.sales_day
    join last_sale using (store_id)
    where sales_day.sale_date > last_sale.sale_date - 28
    group by sales_day.store_id, sales_day.product_id
  ),
  cover as (
    select
      dim_store.store_key,
      dim_product.product_key,
      stock.on_hand,
      coalesce(recent_sales.quantity, 0) as sold,
      round(greatest(coalesce(recent_sales.quantity, 0), 0) / 28, 6) as daily,
      coalesce(last_sale.sale_date, (select max(sale_date) from last_sale)) as measured
    from state.stock
    join analytics.dim_store on dim_store.store_id = stock.store_id and dim_store.is_current
    join analytics.dim_product on dim_product.product_id = stock.product_id and dim_product.is_current
    left join last_sale on last_sale.store_id = stock.store_id
    left join recent_sales on recent_sales.store_id = stock.store_id and recent_sales.product_id = stock.product_id
    where exists (select from last_sale)
  )
  merge into analytics.stock_cover as target
  using cover on target.store_key = cover.store_key and target.product_key = cover.product_key
  when not matched then
    insert (store_key, product_key, on_hand_quantity, sold_quantity, daily_quantity, days_of_cover, measured_on)
    values (store_key, product_key, on_hand, sold, daily, round(greatest(on_hand, 0) / nullif(daily, 0), 1), measured)
  when matched and (target.on_hand_quantity, target.sold_quantity, target.measured_on) is distinct from (on_hand, sold, measured) then
    update set
      on_hand_quantity = on_hand,
      sold_quantity = sold,
      daily_quantity = daily,
      days_of_cover = round(greatest(on_hand, 0) / nullif(daily, 0), 1),
      measured_on = measured,
      updated_at = now()
  when not matched by source then delete;
  get diagnostics rows_written = row_count;
  return rows_written;
end;
$$;
