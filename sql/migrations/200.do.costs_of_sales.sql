-- What a unit cost when it was sold: the terms of suppliers with their history, and from these the cost by place and time.
create table ref.supply_terms_versions (
  terms_id text collate "C" not null,
  valid_from timestamptz not null,
  location_id text collate "C",
  product_id text collate "C" not null,
  supplier_id text collate "C" not null,
  unit_cost numeric not null,
  preference integer not null,
  delisted_on date,
  primary key (terms_id, valid_from)
);
comment on table ref.supply_terms_versions is
  'Every version of the terms of suppliers that changed what a unit costs or which supplier is preferred.';
comment on column ref.supply_terms_versions.valid_from is 'When the record applies from.';
comment on column ref.supply_terms_versions.location_id is 'The warehouse or store that they are for; null: all.';
create index supply_terms_versions_of_product on ref.supply_terms_versions (product_id, location_id);

create table ref.unit_cost (
  product_id text collate "C" not null,
  location_id text collate "C" not null,
  valid_from timestamptz not null,
  valid_to timestamptz not null,
  supplier_id text collate "C" not null,
  unit_cost numeric not null,
  primary key (product_id, location_id, valid_from),
  constraint a_cost_holds_for_a_time check (valid_from < valid_to)
);
comment on table ref.unit_cost is
  'What a unit costs by the terms of the preferred supplier, with its history: for each location with terms of its own, and * for all others. Made from ref.supply_terms_versions.';
comment on column ref.unit_cost.location_id is 'A warehouse or store with terms of its own, which are then compared with the terms for all; *: every other.';
comment on column ref.unit_cost.valid_from is 'It holds from this instant on.';
comment on column ref.unit_cost.valid_to is 'It holds until before this instant; 9999-12-31 for the current one.';
comment on column ref.unit_cost.supplier_id is 'The supplier whose terms these are.';
comment on column ref.unit_cost.unit_cost is 'Price of a unit, in the currency of the supplier.';

create function ref.fill_unit_cost(products text[]) returns void
language sql as $$
  delete from ref.unit_cost where product_id = any (products);

  with place as (
    select distinct product_id, coalesce(location_id, '*') as place_id
    from ref.supply_terms_versions where product_id = any (products)
  ),
  offer as materialized (
    select
      place_id, terms.*,
      lead(valid_from, 1, timestamptz '9999-12-31 00:00:00+00') over (partition by place_id, terms_id order by valid_from) as valid_to
    from place
    join ref.supply_terms_versions as terms using (product_id)
    where terms.location_id is null or terms.location_id = place_id
  ),
  change as (
    select product_id, place_id, valid_from as at from offer
    union
    select product_id, place_id, delisted_on::timestamp at time zone 'UTC' from offer
    where delisted_on::timestamp at time zone 'UTC' > valid_from and delisted_on::timestamp at time zone 'UTC' < valid_to
  ),
  -- As ref.supply_choices does: of one supplier the terms for the location, of several suppliers the preferred one.
  chosen as (
    select distinct on (product_id, place_id, at) product_id, place_id, at, supplier_id, unit_cost
    from change
    cross join lateral (
      select distinct on (supplier_id) supplier_id, unit_cost, preference, delisted_on
      from offer
      where offer.product_id = change.product_id and offer.place_id = change.place_id
        and offer.valid_from <= change.at and change.at < offer.valid_to
      order by supplier_id, location_id
    ) as held
    order by product_id, place_id, at, coalesce(delisted_on <= (at at time zone 'UTC')::date, false), preference, unit_cost, supplier_id
  )
  insert into ref.unit_cost (product_id, location_id, valid_from, valid_to, supplier_id, unit_cost)
  select
    product_id, place_id, at,
    lead(at, 1, timestamptz '9999-12-31 00:00:00+00') over (partition by product_id, place_id order by at),
    supplier_id, unit_cost
  from chosen
$$;
comment on function ref.fill_unit_cost(text[]) is 'Makes the costs of these products again from the versions of their terms.';

create function ref.fill_changed_unit_cost() returns trigger
language plpgsql as $$
begin
  perform ref.fill_unit_cost(array(select distinct product_id from changed order by product_id));
  return null;
end
$$;
comment on function ref.fill_changed_unit_cost() is 'Makes the costs of the products again whose terms have changed.';
create trigger terms_added after insert on ref.supply_terms_versions
  referencing new table as changed for each statement execute function ref.fill_changed_unit_cost();
create trigger terms_changed after update on ref.supply_terms_versions
  referencing new table as changed for each statement execute function ref.fill_changed_unit_cost();

insert into ref.supply_terms_versions (terms_id, valid_from, location_id, product_id, supplier_id, unit_cost, preference, delisted_on)
select terms_id, recorded_at, location_id, product_id, supplier_id, unit_cost, preference, delisted_on from ref.supply_terms;

create function ref.unit_cost_at(of_store text, of_product text, in_currency text, at timestamptz) returns numeric
language sql stable parallel safe
return (
  select case when suppliers.currency = in_currency then held.unit_cost end
  from ref.unit_cost as held
  left join ref.suppliers using (supplier_id)
  where held.product_id = of_product
    and held.location_id in (
      coalesce((select warehouse_id from ref.shelves where store_id = of_store and product_id = of_product), of_store), '*'
    )
    and held.valid_from <= at and at < held.valid_to
  order by held.location_id = '*'
  limit 1
);
comment on function ref.unit_cost_at(text, text, text, timestamptz) is
  'What a unit cost in a store, where its shelf''s warehouse of today orders; null without terms at that time, and where the supplier''s currency is another or unknown.';

create function analytics.list_price_at(of_store text, of_product text, at timestamptz) returns numeric
language sql stable parallel safe
return (
  select price from analytics.dim_price
  where store_id = of_store and product_id = of_product and valid_from <= at and reason in ('regular', 'correction')
  order by valid_from desc
  limit 1
);
comment on function analytics.list_price_at(text, text, timestamptz) is
  'Regular price of a unit in a store by the price history, before promotions and markdowns; null before the first.';

alter table analytics.fact_sales
  add column unit_cost numeric(18, 6),
  add column cost_amount numeric(24, 6),
  add column margin_amount numeric(24, 6),
  add column cost_status text constraint a_cost_is_known_or_not
    check (cost_status in ('known', 'no_terms', 'before_terms', 'other_currency') and (cost_status = 'known') = (unit_cost is not null)),
  add column list_price numeric(18, 6),
  add column list_price_status text constraint a_list_price_is_known_or_not
    check (list_price_status in ('known', 'no_price', 'before_price') and (list_price_status = 'known') = (list_price is not null));
comment on column analytics.fact_sales.unit_cost is
  'What a unit cost by the terms of the preferred supplier at the sale; null where cost_status is not known.';
comment on column analytics.fact_sales.cost_amount is 'quantity × unit_cost; negative for a return.';
comment on column analytics.fact_sales.margin_amount is 'net_amount − cost_amount.';
comment on column analytics.fact_sales.cost_status is
  'known; or why the cost is not: no_terms, before_terms (sold before the first terms), other_currency (the supplier''s is not the store''s, or is unknown).';
comment on column analytics.fact_sales.list_price is
  'Regular price of a unit at the sale by the price history, before promotions and markdowns; null where list_price_status is not known.';
comment on column analytics.fact_sales.list_price_status is
  'known; or why the list price is not: no_price, before_price (sold before the first price).';

-- The sums know the margin of what has a known cost, and the revenue that it is of.
alter table analytics.sales_by_store_day
  add column cost_amount numeric, add column margin_amount numeric, add column costed_net_amount numeric;
alter table analytics.sales_by_category_day
  add column cost_amount numeric, add column margin_amount numeric, add column costed_net_amount numeric;
comment on column analytics.sales_by_store_day.cost_amount is 'Cost of what was sold, of the lines whose cost is known.';
comment on column analytics.sales_by_store_day.margin_amount is 'Their net amount less their cost.';
comment on column analytics.sales_by_store_day.costed_net_amount is 'Their net amount: the part of net_amount whose cost is known.';
comment on column analytics.sales_by_category_day.cost_amount is 'Cost of what was sold, of the lines whose cost is known.';
comment on column analytics.sales_by_category_day.margin_amount is 'Their net amount less their cost.';
comment on column analytics.sales_by_category_day.costed_net_amount is 'Their net amount: the part of net_amount whose cost is known.';

create or replace function analytics.aggregate_date(business_date date) returns bigint
  language plpgsql as $$
declare
  rows_of_table bigint;
  rows_written bigint := 0;
begin
  delete from analytics.sales_by_store_day where sale_date = business_date;
  insert into analytics.sales_by_store_day (
    sale_date, store_key, transactions, lines, customers, quantity, gross_amount, discount_amount, net_amount,
    promoted_net_amount, return_lines, returned_quantity, returned_amount, cost_amount, margin_amount, costed_net_amount
  )
  select
    business_date,
    store_key,
    count(distinct transaction_id),
    count(*),
    count(distinct customer_id),
    sum(quantity),
    sum(gross_amount),
    sum(discount_amount),
    sum(net_amount),
    coalesce(sum(net_amount) filter (where is_promoted), 0),
    count(*) filter (where is_return),
    coalesce(-sum(quantity) filter (where is_return), 0),
    coalesce(-sum(net_amount) filter (where is_return), 0),
    sum(cost_amount),
    sum(margin_amount),
    sum(net_amount) filter (where cost_amount is not null)
  from analytics.fact_sales
  where sale_date = business_date
  group by store_key;
  get diagnostics rows_of_table = row_count;
  rows_written := rows_written + rows_of_table;

  delete from analytics.sales_by_store_hour where sale_date = business_date;
  insert into analytics.sales_by_store_hour (
    sale_date, store_key, hour_of_day, transactions, lines, quantity, net_amount
  )
  select
    business_date,
    store_key,
    extract(hour from sold_at at time zone time_zone) as hour_of_day,
    count(distinct transaction_id),
    count(*),
    sum(quantity),
    sum(net_amount)
  from analytics.fact_sales
  join analytics.dim_store using (store_key)
  where sale_date = business_date
  group by store_key, hour_of_day;
  get diagnostics rows_of_table = row_count;
  rows_written := rows_written + rows_of_table;

  delete from analytics.sales_by_category_day where sale_date = business_date;
  insert into analytics.sales_by_category_day (
    sale_date, store_key, department, category, transactions, lines, quantity, gross_amount, discount_amount, net_amount,
    promoted_net_amount, cost_amount, margin_amount, costed_net_amount
  )
  select
    business_date,
    store_key,
    coalesce(department, 'Unknown') as department_name,
    coalesce(category, 'Unknown') as category_name,
    count(distinct transaction_id),
    count(*),
    sum(quantity),
    sum(gross_amount),
    sum(discount_amount),
    sum(net_amount),
    coalesce(sum(net_amount) filter (where is_promoted), 0),
    sum(cost_amount),
    sum(margin_amount),
    sum(net_amount) filter (where cost_amount is not null)
  from analytics.fact_sales
  join analytics.dim_product using (product_key)
  where sale_date = business_date
  group by store_key, department_name, category_name;
  get diagnostics rows_of_table = row_count;
  return rows_written + rows_of_table;
end;
$$;

