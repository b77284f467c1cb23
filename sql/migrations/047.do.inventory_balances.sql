-- Balances by number: half the time of text keys when a day moves a million of them.
drop table ops.inventory_balances;

create table ops.inventory_balances (
  store_key bigint not null,
  product_key bigint not null,
  quantity numeric(18, 6) not null,
  last_date date not null,
  primary key (store_key, product_key)
) with (fillfactor = 70);
comment on table ops.inventory_balances is
  'Sum of the movements of all days in analytics.fact_inventory, per store and product: where the next day opens (decision 0021).';
comment on column ops.inventory_balances.store_key is 'Key of the store''s first version, whichever holds now.';
comment on column ops.inventory_balances.product_key is 'Key of the product''s first version, whichever holds now.';
comment on column ops.inventory_balances.last_date is 'No day after this one holds a movement.';

insert into ops.inventory_balances
select
  analytics.dimension_key(store_id, timestamptz '1900-01-01 00:00:00+00'),
  analytics.dimension_key(product_id, timestamptz '1900-01-01 00:00:00+00'),
  sum(closing_quantity - opening_quantity),
  max(inventory_date)
from analytics.fact_inventory
join analytics.dim_store using (store_key)
join analytics.dim_product using (product_key)
group by store_id, product_id;
