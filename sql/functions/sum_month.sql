create or replace function analytics.sum_month(month date) returns bigint
  language plpgsql as $$
declare
  rows_written bigint;
begin
  delete from analytics.sales_by_product_month where month_start = month;
  insert into analytics.sales_by_product_month (
    month_start, store_key, product_key, lines, quantity, gross_amount, discount_amount, net_amount, cost_amount, margin_amount,
    costed_net_amount, returned_quantity, abc_class, xyz_class
  )
  -- Whole weeks whose Sunday is in the month, as far as the sales of the store are known: weeks before it opened are not weeks without sales.
  with known as (
    select store_key, first_week, (last_day + 1 - first_week) / 7 as weeks
    from (
      select
        store_key, greatest(date_trunc('week', month)::date, date_trunc('week', min(sale_date) + 6)::date) as first_week, max(sale_date) as last_day
      from analytics.sales_by_store_day
      where sale_date < month + interval '1 month'
      group by store_key
    ) as store
    where last_day >= first_week + 6
  ),
  sold as (
    select
      store_key, product_key, count(*) as lines, sum(quantity) as quantity, sum(gross_amount) as gross_amount,
      sum(discount_amount) as discount_amount, sum(net_amount) as net_amount, sum(cost_amount) as cost_amount,
      sum(margin_amount) as margin_amount, sum(net_amount) filter (where cost_amount is not null) as costed_net_amount,
      coalesce(-sum(quantity) filter (where is_return), 0) as returned_quantity
    from analytics.fact_sales
    where sale_date >= month and sale_date < month + interval '1 month'
    group by store_key, product_key
  ),
  weekly as (
    select store_key, product_key, weeks, sum(quantity) as units
    from analytics.fact_sales
    join known using (store_key)
    where sale_date >= first_week and sale_date < first_week + 7 * weeks
    group by store_key, product_key, weeks, date_trunc('week', sale_date)
  ),
  varied as (
    select store_key, product_key, sum(units) / weeks as mean, sum(units * units) / weeks - (sum(units) / weeks) ^ 2 as variance
    from weekly
    group by store_key, product_key, weeks
  ),
  ranked as (
    select
      sold.*, mean, variance,
      sum(greatest(net_amount, 0)) over (partition by store_key) as total,
      coalesce(
        sum(greatest(net_amount, 0)) over (
          partition by store_key order by net_amount desc, product_key rows between unbounded preceding and 1 preceding
        ), 0
      ) as above
    from sold
    left join varied using (store_key, product_key)
  )
  select
    month, store_key, product_key, lines, quantity, gross_amount, discount_amount, net_amount, cost_amount, margin_amount,
    costed_net_amount, returned_quantity,
    case when above < 0.8 * total then 'A' when above < 0.95 * total then 'B' else 'C' end,
    case when mean <= 0 then null when variance <= (0.5 * mean) ^ 2 then 'X' when variance <= mean ^ 2 then 'Y' when mean > 0 then 'Z' end
  from ranked;
  get diagnostics rows_written = row_count;

  delete from analytics.product_month_total where month_start = month;
  insert into analytics.product_month_total (
    month_start, product_key, stores, lines, quantity, gross_amount, discount_amount, net_amount, cost_amount, margin_amount,
    costed_net_amount, returned_quantity
  )
  select
    month, product_key, count(distinct store_key), sum(lines), sum(quantity), sum(gross_amount), sum(discount_amount), sum(net_amount),
    sum(cost_amount), sum(margin_amount), sum(costed_net_amount), sum(returned_quantity)
  from analytics.sales_by_product_month
  where month_start = month
  group by product_key;

  delete from analytics.assortment_by_class where month_start = month;
  insert into analytics.assortment_by_class (
    month_start, store_key, category, abc_class, products, quantity, net_amount, margin_amount, costed_net_amount, x_products, y_products,
    z_products
  )
  select
    month, store_key, coalesce(category, 'Unknown') as category_name, abc_class, count(*), sum(quantity), sum(net_amount),
    sum(margin_amount), sum(costed_net_amount), count(*) filter (where xyz_class = 'X'), count(*) filter (where xyz_class = 'Y'),
    count(*) filter (where xyz_class = 'Z')
  from analytics.sales_by_product_month
  join analytics.dim_product using (product_key)
  where month_start = month
  group by store_key, category_name, abc_class;
  return rows_written;
end;
$$;
comment on function analytics.sum_month(date) is 'Replaces one month of the sums by product, by its first day; returns the rows written.';
