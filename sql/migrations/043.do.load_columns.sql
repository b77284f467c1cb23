-- What the daily load keeps for itself, so that days can be built in any order and again.

alter table analytics.dim_price add column change_date date not null default date '1900-01-01';
alter table analytics.dim_price alter column change_date drop default;
comment on column analytics.dim_price.change_date is 'The store''s day of the change; the load replaces this day whole.';
create index dim_price_change_date on analytics.dim_price (change_date);

create table ops.inventory_balances (
  store_id text not null,
  product_id text not null,
  quantity numeric(18, 6) not null,
  last_date date not null,
  primary key (store_id, product_id)
) with (fillfactor = 70);
comment on table ops.inventory_balances is
  'Sum of the movements of all days in analytics.fact_inventory, per store and product: where the next day opens (decision 0021).';
comment on column ops.inventory_balances.last_date is 'No day after this one holds a movement.';
