create or replace view bi.transfers with (security_invoker = true) as
select
  transfer_id,
  review_date,
  dim_store.store_key,
  dim_store.store_id,
  dim_store.name as store_name,
  from_location_id,
  dim_product.product_key,
  dim_product.product_id,
  dim_product.name as product_name,
  state,
  quantity::numeric(18, 6) as quantity,
  shipped_quantity::numeric(18, 6) as shipped_quantity,
  gain::numeric(18, 2) as gain_amount,
  transfer.currency,
  decided_by,
  reason_code,
  shipped_at at time zone 'UTC' as shipped_at,
  arrives_at at time zone 'UTC' as arrives_at,
  transfer.updated_at at time zone 'UTC' as updated_at
from ops.transfer_proposal as transfer
left join analytics.dim_store on dim_store.store_id = to_location_id and dim_store.is_current
left join analytics.dim_product on dim_product.product_id = transfer.product_id and dim_product.is_current;

comment on view bi.transfers is 'Transfers between locations that were proposed in place of buying, and what became of them.';
comment on column bi.transfers.transfer_id is 'The transfer.';
comment on column bi.transfers.review_date is 'The day whose plan proposed it.';
comment on column bi.transfers.store_key is 'Current version of the store or warehouse that takes.';
comment on column bi.transfers.store_id is 'The store or warehouse, as the sources call it.';
comment on column bi.transfers.store_name is 'Its name.';
comment on column bi.transfers.from_location_id is 'The store or warehouse that gives.';
comment on column bi.transfers.product_key is 'Current version of the product.';
comment on column bi.transfers.product_id is 'The product, as the sources call it.';
comment on column bi.transfers.product_name is 'Its name.';
comment on column bi.transfers.state is 'proposed, approved, denied, expired, shipped or received.';
comment on column bi.transfers.quantity is 'Units to move.';
comment on column bi.transfers.shipped_quantity is 'Units that left.';
comment on column bi.transfers.gain_amount is 'Money by which the expected costs of both fall, moving paid.';
comment on column bi.transfers.currency is 'ISO 4217 code of the gain.';
comment on column bi.transfers.decided_by is 'Who approved or denied it.';
comment on column bi.transfers.reason_code is 'Why it was denied.';
comment on column bi.transfers.shipped_at is 'When it left, UTC.';
comment on column bi.transfers.arrives_at is 'When it is there, UTC.';
comment on column bi.transfers.updated_at is 'When the row was last written, UTC.';
