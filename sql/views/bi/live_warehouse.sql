create or replace view bi.live_warehouse with (security_invoker = true) as
select
  warehouse.warehouse_id,
  dim_product.product_key,
  dim_product.product_id,
  dim_product.name as product_name,
  warehouse.on_hand,
  warehouse.lots,
  warehouse.next_expires_on,
  warehouse.last_received_at at time zone 'UTC' as last_received_at,
  warehouse.last_shipped_at at time zone 'UTC' as last_shipped_at,
  warehouse.updated_at at time zone 'UTC' as updated_at
from state.warehouse_live as warehouse
join analytics.dim_product on dim_product.product_id = warehouse.product_id and dim_product.is_current;

comment on view bi.live_warehouse is 'Every product of every warehouse as it is now; for those who see every store.';
comment on column bi.live_warehouse.warehouse_id is 'The warehouse.';
comment on column bi.live_warehouse.product_key is 'Current version of the product.';
comment on column bi.live_warehouse.product_id is 'The product, as the sources call it.';
comment on column bi.live_warehouse.product_name is 'Its name.';
comment on column bi.live_warehouse.on_hand is 'Units in the warehouse.';
comment on column bi.live_warehouse.lots is 'Lots of which something is there.';
comment on column bi.live_warehouse.next_expires_on is 'The first expiry date among them.';
comment on column bi.live_warehouse.last_received_at is 'When goods last came in, UTC.';
comment on column bi.live_warehouse.last_shipped_at is 'When goods last went out, UTC.';
comment on column bi.live_warehouse.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
