-- What the stores of a warehouse sell a day, summed once a day: its page read every product of every store.
create table state.warehouse_sales_rate (
  warehouse_id text collate "C" not null,
  product_id text collate "C" not null,
  units_per_day numeric not null,
  updated_at timestamptz not null default now(),
  primary key (warehouse_id, product_id)
);
comment on table state.warehouse_sales_rate is 'What the stores that a warehouse refills sell of a product on an average day: state.sales_rate, summed by the job that writes it.';

alter table state.warehouse_sales_rate enable row level security;
create policy application on state.warehouse_sales_rate to shelfline_app using (true) with check (true);
create policy everything on state.warehouse_sales_rate for select to shelfline_web using ((select ref.sees_everything()));
grant select on state.warehouse_sales_rate to shelfline_web;

create function state.sum_warehouse_rates(warehouses text[]) returns void
  language sql as $$
  delete from state.warehouse_sales_rate where warehouse_id = any (warehouses);
  insert into state.warehouse_sales_rate (warehouse_id, product_id, units_per_day)
  select shelves.warehouse_id, shelves.product_id, sum(rate.units_per_day)
  from ref.shelves
  join state.sales_rate as rate using (store_id, product_id)
  where shelves.warehouse_id = any (warehouses)
  group by shelves.warehouse_id, shelves.product_id
$$;
revoke execute on function state.sum_warehouse_rates(text[]) from public;
comment on function state.sum_warehouse_rates(text[]) is 'Sums again what the stores of these warehouses sell a day.';

select state.sum_warehouse_rates(array(select distinct warehouse_id from ref.shelves));
