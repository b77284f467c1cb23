-- What reports see of orders: the fact and its dimension are filled by the job fill_order_facts, and so are what suppliers
-- deliver and what people's edits were worth.

alter table analytics.fact_purchase_order
  add column proposed_quantity numeric(18, 6),
  add column cancelled_quantity numeric(18, 6) not null default 0,
  add column sent_at timestamptz;
comment on column analytics.fact_purchase_order.proposed_quantity is 'Units that were planned; ordered_quantity is what a person made of it.';
comment on column analytics.fact_purchase_order.cancelled_quantity is 'Units that will not come.';
comment on column analytics.fact_purchase_order.sent_at is 'Instant at which the supplier was sent it; null: not yet.';

create table ops.order_fact_day (
  order_date date primary key,
  revisions bigint not null,
  filled_at timestamptz not null default now()
);
comment on table ops.order_fact_day is 'Which state of a day''s orders fact_purchase_order shows.';
comment on column ops.order_fact_day.revisions is 'Sum of the revisions of the day''s orders when it was filled: another sum is another state.';

create table analytics.supplier_performance (
  supplier_key bigint not null,
  store_key bigint not null,
  lines bigint not null,
  settled_lines bigint not null,
  fill numeric(6, 4),
  damaged numeric(6, 4),
  deliveries bigint not null,
  on_time numeric(6, 4),
  lead_time_mean_days numeric(9, 3),
  lead_time_p10_days numeric(9, 3),
  lead_time_p50_days numeric(9, 3),
  lead_time_p90_days numeric(9, 3),
  lead_time_deviation_days numeric(9, 3),
  updated_at timestamptz not null default now(),
  primary key (supplier_key, store_key)
);
comment on table analytics.supplier_performance is 'How suppliers delivered what was ordered in the last 180 days, by the location that ordered.';
comment on column analytics.supplier_performance.supplier_key is 'The supplier.';
comment on column analytics.supplier_performance.store_key is 'Current version of the store or warehouse.';
comment on column analytics.supplier_performance.lines is 'Lines of orders that were sent.';
comment on column analytics.supplier_performance.settled_lines is 'Lines of which everything came or will not come.';
comment on column analytics.supplier_performance.fill is 'Of settled lines: units that came ÷ units ordered.';
comment on column analytics.supplier_performance.damaged is 'Units that were damaged ÷ units that came.';
comment on column analytics.supplier_performance.deliveries is 'Deliveries, one per line and delivery.';
comment on column analytics.supplier_performance.on_time is 'Share of deliveries on the expected day or before.';
comment on column analytics.supplier_performance.lead_time_mean_days is 'Days from sending an order until goods came, on average.';
comment on column analytics.supplier_performance.lead_time_p10_days is 'One of ten deliveries took so many days or fewer.';
comment on column analytics.supplier_performance.lead_time_p50_days is 'Half of the deliveries took so many days or fewer.';
comment on column analytics.supplier_performance.lead_time_p90_days is 'Nine of ten deliveries took so many days or fewer.';
comment on column analytics.supplier_performance.lead_time_deviation_days is 'Standard deviation of the lead time, in days.';
comment on column analytics.supplier_performance.updated_at is 'When this row was written.';

create table analytics.order_edit (
  order_date date not null,
  purchase_order_id text not null,
  line_no integer not null,
  supplier_key bigint not null,
  store_key bigint not null,
  product_key bigint not null,
  edited_by text not null,
  reason_code text,
  proposed_quantity numeric(18, 6) not null,
  ordered_quantity numeric(18, 6) not null,
  unit_cost numeric(18, 6) not null,
  cover_days integer not null,
  position_quantity numeric(18, 6) not null,
  forecast_quantity numeric(18, 6),
  demand_quantity numeric(18, 6) not null,
  updated_at timestamptz not null default now(),
  primary key (order_date, purchase_order_id, line_no)
);
comment on table analytics.order_edit is
  'Lines that a person has edited and whose time to cover is over: what was proposed, what was ordered, and what was sold meanwhile.';
comment on column analytics.order_edit.order_date is 'The day of the order.';
comment on column analytics.order_edit.purchase_order_id is 'The order.';
comment on column analytics.order_edit.line_no is 'Its line.';
comment on column analytics.order_edit.supplier_key is 'The supplier.';
comment on column analytics.order_edit.store_key is 'Version of the store or warehouse, at the order.';
comment on column analytics.order_edit.product_key is 'Version of the product, at the order.';
comment on column analytics.order_edit.edited_by is 'Who edited it last.';
comment on column analytics.order_edit.reason_code is 'Why, see ref.edit_reason.';
comment on column analytics.order_edit.proposed_quantity is 'Units that were planned.';
comment on column analytics.order_edit.ordered_quantity is 'Units that were ordered instead.';
comment on column analytics.order_edit.unit_cost is 'Agreed price of one unit.';
comment on column analytics.order_edit.cover_days is 'Days that the order had to cover: lead time and review, from the day of the order on.';
comment on column analytics.order_edit.position_quantity is 'Units on hand and on order when it was planned.';
comment on column analytics.order_edit.forecast_quantity is 'Units that were expected to be asked for in these days.';
comment on column analytics.order_edit.demand_quantity is 'Units that were sold in these days where the goods go to. What nobody could buy is not in it.';
comment on column analytics.order_edit.updated_at is 'When this row was written.';

do $$
declare
  target text;
begin
  foreach target in array array['analytics.supplier_performance', 'analytics.order_edit'] loop
    execute format('alter table %s enable row level security', target);
    execute format('create policy application on %s to shelfline_app using (true) with check (true)', target);
    execute format(
      'create policy own_stores on %s for select to bi_reader using (store_key = any (array(select analytics.visible_store_keys())))',
      target
    );
  end loop;
end;
$$;
grant select on analytics.supplier_performance, analytics.order_edit to bi_reader;

create view bi.open_orders with (security_invoker = true) as
select
  order_date,
  purchase_order_id,
  line_no,
  supplier_key,
  store_key,
  product_key,
  status,
  proposed_quantity,
  ordered_quantity,
  received_quantity,
  greatest(ordered_quantity - received_quantity - cancelled_quantity, 0) as outstanding_quantity,
  greatest(ordered_quantity - received_quantity - cancelled_quantity, 0) * unit_cost as outstanding_amount,
  expected_date,
  sent_at at time zone 'UTC' as sent_at,
  updated_at at time zone 'UTC' as updated_at
from analytics.fact_purchase_order
where status in ('draft', 'awaiting_approval', 'approved', 'sent', 'acknowledged', 'partly_received');
comment on view bi.open_orders is 'Lines of orders that are not over: what is to come, or waits for approval.';
comment on column bi.open_orders.order_date is 'The day of the order.';
comment on column bi.open_orders.purchase_order_id is 'The order.';
comment on column bi.open_orders.line_no is 'Its line.';
comment on column bi.open_orders.supplier_key is 'The supplier.';
comment on column bi.open_orders.store_key is 'Version of the store or warehouse, at the order.';
comment on column bi.open_orders.product_key is 'Version of the product, at the order.';
comment on column bi.open_orders.status is 'Where the order is in its life.';
comment on column bi.open_orders.proposed_quantity is 'Units that were planned.';
comment on column bi.open_orders.ordered_quantity is 'Units ordered.';
comment on column bi.open_orders.received_quantity is 'Units that came, damaged ones included.';
comment on column bi.open_orders.outstanding_quantity is 'Units that are to come.';
comment on column bi.open_orders.outstanding_amount is 'What they cost, in the supplier''s money.';
comment on column bi.open_orders.expected_date is 'The day on which they are expected.';
comment on column bi.open_orders.sent_at is 'Instant at which the supplier was sent it, UTC; null: not yet.';
comment on column bi.open_orders.updated_at is 'When the row was last written, UTC.';

create view bi.supplier_performance with (security_invoker = true) as
select
  supplier_key, store_key, lines, settled_lines, fill, damaged, deliveries, on_time, lead_time_mean_days,
  lead_time_p10_days, lead_time_p50_days, lead_time_p90_days, lead_time_deviation_days,
  updated_at at time zone 'UTC' as updated_at
from analytics.supplier_performance;
comment on view bi.supplier_performance is 'How suppliers delivered what was ordered in the last 180 days, by the location that ordered.';
comment on column bi.supplier_performance.supplier_key is 'The supplier.';
comment on column bi.supplier_performance.store_key is 'Current version of the store or warehouse.';
comment on column bi.supplier_performance.lines is 'Lines of orders that were sent.';
comment on column bi.supplier_performance.settled_lines is 'Lines of which everything came or will not come.';
comment on column bi.supplier_performance.fill is 'Of settled lines: units that came ÷ units ordered.';
comment on column bi.supplier_performance.damaged is 'Units that were damaged ÷ units that came.';
comment on column bi.supplier_performance.deliveries is 'Deliveries, one per line and delivery.';
comment on column bi.supplier_performance.on_time is 'Share of deliveries on the expected day or before.';
comment on column bi.supplier_performance.lead_time_mean_days is 'Days from sending an order until goods came, on average.';
comment on column bi.supplier_performance.lead_time_p10_days is 'One of ten deliveries took so many days or fewer.';
comment on column bi.supplier_performance.lead_time_p50_days is 'Half of the deliveries took so many days or fewer.';
comment on column bi.supplier_performance.lead_time_p90_days is 'Nine of ten deliveries took so many days or fewer.';
comment on column bi.supplier_performance.lead_time_deviation_days is 'Standard deviation of the lead time, in days.';
comment on column bi.supplier_performance.updated_at is 'When the row was last written, UTC.';

create view bi.proposals_against_edits with (security_invoker = true) as
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
comment on view bi.proposals_against_edits is
  'Order lines that people have edited, against the untouched proposal: which of the two was nearer to what turned out to be needed.';
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
comment on column bi.proposals_against_edits.forecast_quantity is 'Units that were expected to be asked for in the days to cover.';
comment on column bi.proposals_against_edits.demand_quantity is 'Units that were sold in these days. What nobody could buy is not in it.';
comment on column bi.proposals_against_edits.cover_days is 'The days to cover: lead time and review.';
comment on column bi.proposals_against_edits.needed_quantity is 'What would have been right in hindsight: demand less position.';
comment on column bi.proposals_against_edits.proposal_miss is 'Units by which the proposal was off.';
comment on column bi.proposals_against_edits.edit_miss is 'Units by which the edit was off.';
comment on column bi.proposals_against_edits.value_added is 'By how much the edit was nearer, at cost; negative: the proposal was better.';
comment on column bi.proposals_against_edits.updated_at is 'When the row was last written, UTC.';

insert into ops.minute_job (job, position, every) values ('fill_order_facts', 115, '10 minutes');
