create or replace view bi.proposals_against_edits with (security_invoker = true) as
select
  order_date, purchase_order_id, line_no, supplier_key, store_key, product_key, edited_by, reason_code,
  proposed_quantity, ordered_quantity, position_quantity, forecast_quantity, demand_quantity, cover_days,
  needed_quantity,
  abs(proposed_quantity - needed_quantity) as proposal_miss,
  abs(ordered_quantity - needed_quantity) as edit_miss,
  (abs(proposed_quantity - needed_quantity) - abs(ordered_quantity - needed_quantity)) * unit_cost as value_added,
  updated_at at time zone 'UTC' as updated_at
from analytics.order_edit
cross join lateral (select greatest(demand_quantity - position_quantity, 0) as needed_quantity) as hindsight;

comment on view bi.proposals_against_edits is 'Order lines that people have edited, against the untouched proposal: which of the two was nearer to what turned out to be needed.';
comment on column bi.proposals_against_edits.order_date is 'The day of the order.';
comment on column bi.proposals_against_edits.purchase_order_id is 'The order.';
comment on column bi.proposals_against_edits.line_no is 'Its line.';
comment on column bi.proposals_against_edits.supplier_key is 'The supplier.';
comment on column bi.proposals_against_edits.store_key is 'Version of the store or warehouse, at the order.';
comment on column bi.proposals_against_edits.product_key is 'Version of the product, at the order.';
comment on column bi.proposals_against_edits.edited_by is 'Who edited it last.';
comment on column bi.proposals_against_edits.reason_code is 'Why.';
comment on column bi.proposals_against_edits.proposed_quantity is 'Units that were planned.';
comment on column bi.proposals_against_edits.ordered_quantity is 'Units that were ordered instead.';
comment on column bi.proposals_against_edits.position_quantity is 'Units on hand and on order when it was planned.';
comment on column bi.proposals_against_edits.forecast_quantity is 'Expected demand in the days to cover, in units.';
comment on column bi.proposals_against_edits.demand_quantity is 'Units that were sold in these days. Lost sales are not included.';
comment on column bi.proposals_against_edits.cover_days is 'The days to cover: lead time and review.';
comment on column bi.proposals_against_edits.needed_quantity is 'What would have been right in hindsight: demand less position.';
comment on column bi.proposals_against_edits.proposal_miss is 'Units by which the proposal was off.';
comment on column bi.proposals_against_edits.edit_miss is 'Units by which the edit was off.';
comment on column bi.proposals_against_edits.value_added is 'By how much the edit was nearer, at cost; negative: the proposal was better.';
comment on column bi.proposals_against_edits.updated_at is 'When the row was last written, UTC.';
