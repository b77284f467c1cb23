-- What reports group by: sub-categories, the supplier and its terms beside the product; where a store is, how large and when it is
-- open; fiscal years and holidays.
alter table ref.products add column sub_category text;
alter table ref.product_versions add column sub_category text;
alter table analytics.dim_product
  add column sub_category text,
  add column supplier_key bigint,
  add column unit_cost numeric(18, 6),
  add column cost_currency text,
  add column pack_size numeric(18, 6),
  add column shelf_life_days integer;
comment on column analytics.dim_product.sub_category is 'Sub-category during this version.';
comment on column analytics.dim_product.supplier_key is 'The supplier that is preferred now; null without terms.';
comment on column analytics.dim_product.unit_cost is
  'What a unit costs from this supplier now, in cost_currency; a location may have terms of its own. fact_sales has the cost at each sale.';
comment on column analytics.dim_product.cost_currency is 'ISO 4217 code of the supplier''s prices.';
comment on column analytics.dim_product.pack_size is 'Units per pack of this supplier.';
comment on column analytics.dim_product.shelf_life_days is 'Days from a delivery until the goods expire; null where the terms have none.';

alter table ref.stores
  add column city text,
  add column area_square_metres numeric,
  add column store_type text,
  add column latitude numeric constraint a_latitude_is_on_earth check (latitude between -90 and 90),
  add column longitude numeric constraint a_longitude_is_on_earth check (longitude between -180 and 180),
  add column opening_hours text;
alter table analytics.dim_store
  add column city text,
  add column area_square_metres numeric(18, 6),
  add column store_type text,
  add column latitude numeric(9, 6),
  add column longitude numeric(9, 6),
  add column opening_hours text;
comment on column analytics.dim_store.city is 'City during this version; null: unknown, as in the columns below.';
comment on column analytics.dim_store.area_square_metres is 'Sales area in square metres.';
comment on column analytics.dim_store.store_type is 'What kind of store it is, as the catalogue calls it.';
comment on column analytics.dim_store.latitude is 'Degrees north.';
comment on column analytics.dim_store.longitude is 'Degrees east.';
comment on column analytics.dim_store.opening_hours is 'As OpenStreetMap writes it, e.g. Mo-Sa 07:00-22:00; Su 10:00-16:00.';

alter table analytics.dim_supplier
  add column currency text,
  add column minimum_order_value numeric(18, 6);
comment on column analytics.dim_supplier.currency is 'ISO 4217 code of its prices.';
comment on column analytics.dim_supplier.minimum_order_value is 'Minimum value of an order, in this currency.';

create table ref.fiscal_year (
  is_only boolean primary key default true check (is_only),
  first_month smallint not null check (first_month between 1 and 12)
);
comment on table ref.fiscal_year is 'In which month the fiscal year begins: one row. A year is named by the calendar year in which it ends.';
insert into ref.fiscal_year (first_month) values (1);

alter table ref.fiscal_year enable row level security;
create policy application on ref.fiscal_year to shelfline_app using (true) with check (true);
create policy anybody_with_a_scope on ref.fiscal_year for select to bi_reader using ((select ref.has_scope()));
grant select on ref.fiscal_year to bi_reader;

alter table ref.holidays enable row level security;
create policy application on ref.holidays to shelfline_app using (true) with check (true);
create policy read_by_all on ref.holidays for select to shelfline_web using (true);
create policy anybody_with_a_scope on ref.holidays for select to bi_reader using ((select ref.has_scope()));
grant select on ref.holidays to bi_reader;
alter table ref.holidays add column updated_at timestamptz not null default now();
