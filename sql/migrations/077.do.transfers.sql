-- Transfers between locations: between whom goods may be moved and at what cost, what a run proposes in place of buying, and
-- what became of it.

create table ref.transfer_lane (
  from_location_id text collate "C",
  to_location_id text collate "C",
  cost_per_transfer numeric not null check (cost_per_transfer >= 0),
  cost_per_unit numeric not null check (cost_per_unit >= 0),
  lead_time_days integer not null check (lead_time_days between 0 and 30),
  changed_by text not null,
  updated_at timestamptz not null default now(),
  unique nulls not distinct (from_location_id, to_location_id),
  constraint a_lane_leads_somewhere_else check (from_location_id <> to_location_id)
);
comment on table ref.transfer_lane is
  'Between which locations goods may be moved, and at what cost. Of several lanes between two locations the most specific counts; without a lane nothing is proposed.';
comment on column ref.transfer_lane.from_location_id is 'The warehouse, or store that no warehouse refills, that gives; null: any.';
comment on column ref.transfer_lane.to_location_id is 'The one that takes; null: any.';
comment on column ref.transfer_lane.cost_per_transfer is 'Money for each product moved, however many units.';
comment on column ref.transfer_lane.cost_per_unit is 'Money for each unit moved.';
comment on column ref.transfer_lane.lead_time_days is 'Days until moved goods can be sold.';
comment on column ref.transfer_lane.changed_by is 'Who said so.';

create table ops.transfer_proposal (
  transfer_id text collate "C" primary key,
  review_date date not null,
  product_id text collate "C" not null,
  from_location_id text collate "C" not null,
  to_location_id text collate "C" not null,
  quantity numeric not null check (quantity > 0),
  shipped_quantity numeric not null default 0 check (shipped_quantity between 0 and quantity),
  gain numeric not null check (gain > 0),
  currency text not null,
  lead_time_days integer not null,
  good_until date,
  explanation jsonb not null,
  state text not null default 'proposed' check (
    state in ('proposed', 'accepted', 'refused', 'expired', 'shipped', 'received')
  ),
  created_at timestamptz not null,
  expires_at timestamptz not null,
  decided_by text,
  decided_at timestamptz,
  reason_code text references ref.edit_reason,
  reason text,
  shipped_at timestamptz,
  arrives_at timestamptz,
  closed_at timestamptz,
  updated_at timestamptz not null,
  constraint who_decides_is_named check ((decided_by is null) = (decided_at is null)),
  constraint a_refusal_has_a_reason check (state <> 'refused' or (reason_code is not null and decided_by is not null)),
  constraint what_is_over_is_closed check ((closed_at is not null) = (state in ('refused', 'expired', 'received')))
);
create index transfer_under_way_in on ops.transfer_proposal (to_location_id, product_id) where closed_at is null;
create index transfer_under_way_out on ops.transfer_proposal (from_location_id, product_id) where closed_at is null;
create index transfer_closed on ops.transfer_proposal (closed_at) where closed_at is not null;
create index transfer_newest on ops.transfer_proposal (review_date, transfer_id);
comment on table ops.transfer_proposal is
  'Goods that one location has more of than it needs and another would have to buy; while they are not over they are on order there and reserved here.';
comment on column ops.transfer_proposal.transfer_id is 'TR-<product>-<from>-<to>-<yyyymmdd>.';
comment on column ops.transfer_proposal.review_date is 'The day whose run proposed it.';
comment on column ops.transfer_proposal.from_location_id is 'Who gives.';
comment on column ops.transfer_proposal.to_location_id is 'Who takes.';
comment on column ops.transfer_proposal.quantity is 'Units to move.';
comment on column ops.transfer_proposal.shipped_quantity is 'Units that left: fewer where fewer were there.';
comment on column ops.transfer_proposal.gain is 'Money by which the expected costs of both fall, moving paid.';
comment on column ops.transfer_proposal.currency is 'ISO 4217 code of gain and costs.';
comment on column ops.transfer_proposal.lead_time_days is 'Days from leaving until arriving.';
comment on column ops.transfer_proposal.good_until is 'Only lots that can be sold on this day are moved; null: the goods keep.';
comment on column ops.transfer_proposal.explanation is 'Every term that it follows from; `shelfline orders transfers show` shows it.';
comment on column ops.transfer_proposal.state is
  'proposed; accepted: leaves within a minute; refused; expired: nobody decided, or nothing was left to move; shipped; received.';
comment on column ops.transfer_proposal.expires_at is 'When it is given up if it has not left by then.';
comment on column ops.transfer_proposal.decided_by is 'Who accepted or refused it.';
comment on column ops.transfer_proposal.reason_code is 'Why it was refused, see ref.edit_reason.';
comment on column ops.transfer_proposal.arrives_at is 'When it is there.';
comment on column ops.transfer_proposal.closed_at is 'When it was over.';
comment on column ops.transfer_proposal.updated_at is 'When it last changed. All instants by the business clock.';

create table ops.transfer_lot (
  out_event_id text primary key,
  transfer_id text collate "C" not null references ops.transfer_proposal on delete cascade,
  from_location_id text collate "C" not null,
  product_id text collate "C" not null,
  batch_id text collate "C" not null,
  expires_on date,
  quantity numeric not null check (quantity > 0),
  out_topic text not null,
  out_date date not null,
  out_applied_at timestamptz,
  in_event_id text not null,
  in_topic text not null,
  in_date date,
  in_sent_at timestamptz,
  in_applied_at timestamptz
);
create index transfer_lot_of_transfer on ops.transfer_lot (transfer_id);
create index transfer_lot_leaving on ops.transfer_lot (from_location_id, product_id, batch_id) where out_applied_at is null;
create index transfer_lot_on_the_way on ops.transfer_lot (transfer_id) where in_applied_at is null;
comment on table ops.transfer_lot is 'What left for a transfer, by lot. Leaving and arriving are events through Kafka, each sent once.';
comment on column ops.transfer_lot.out_event_id is 'The event that takes it out.';
comment on column ops.transfer_lot.batch_id is 'The lot; empty when nobody knows it.';
comment on column ops.transfer_lot.out_topic is 'warehouse_events for a warehouse, inventory_updates for a store.';
comment on column ops.transfer_lot.out_date is 'The day of that event, under which it is remembered once it was applied.';
comment on column ops.transfer_lot.out_applied_at is 'When that event was seen to have come back.';
comment on column ops.transfer_lot.in_event_id is 'The event that brings it in.';
comment on column ops.transfer_lot.in_sent_at is 'When that event was sent.';
comment on column ops.transfer_lot.in_applied_at is 'When that event was seen to have come back.';

create view ops.transfer_under_way as
select
  transfer_id,
  review_date,
  product_id,
  from_location_id,
  to_location_id,
  state,
  case when state = 'shipped' then lots.to_leave else quantity end as to_leave,
  case when state = 'shipped' then lots.to_come else quantity end as to_come,
  lead_time_days,
  arrives_at
from ops.transfer_proposal as transfer
cross join lateral (
  select
    coalesce(sum(lot.quantity) filter (where out_applied_at is null), 0) as to_leave,
    coalesce(sum(lot.quantity) filter (where in_applied_at is null), 0) as to_come
  from ops.transfer_lot as lot
  where lot.transfer_id = transfer.transfer_id
) as lots
where closed_at is null;
comment on view ops.transfer_under_way is 'Transfers that are not over.';
comment on column ops.transfer_under_way.to_leave is 'Units that the stock of who gives still has.';
comment on column ops.transfer_under_way.to_come is 'Units that the stock of who takes does not have yet.';

-- What is promised to somebody and still in a lot's count.
create view ops.lot_leaving as
select warehouse_id, product_id, batch_id, quantity from ops.restock_pick where applied_at is null
union all
select from_location_id, product_id, batch_id, quantity from ops.transfer_lot
where out_applied_at is null and out_topic = 'warehouse_events';
comment on view ops.lot_leaving is 'Picked in a warehouse, for a shelf or another location, and not seen to have left.';

-- What another location sends is on order, proposals included.
create or replace view ops.on_order as
select location_id, product_id, sum(quantity) as quantity, sum(draft_quantity) as draft_quantity
from (
  select
    location_id,
    product_id,
    greatest(line.quantity - received_quantity - cancelled_quantity, 0) as quantity,
    case when status in ('draft', 'awaiting_approval') then line.quantity else 0 end as draft_quantity
  from ops.purchase_order
  join ops.purchase_order_line as line using (purchase_order_id)
  where status in ('draft', 'awaiting_approval', 'approved', 'sent', 'acknowledged', 'partly_received')
  union all
  select warehouse_id, product_id, greatest(plan.quantity - received_quantity, 0), 0
  from ops.supplier_plan as plan
  where closed_at is null
  union all
  select to_location_id, product_id, to_come, case when state = 'proposed' then to_come else 0 end
  from ops.transfer_under_way
) as expected
group by location_id, product_id;
comment on view ops.on_order is
  'What is on order for each location and product: drafts, orders that wait for approval and transfers from other locations count, and so do the plans that the minute job made before there were terms.';

insert into ops.minute_job (job, position, every) values ('move_transfers', 75, '1 minute');

alter table ops.transfer_proposal enable row level security;
create policy application on ops.transfer_proposal to shelfline_app using (true) with check (true);
create policy own_stores on ops.transfer_proposal for select to bi_reader
  using ((select ref.sees_everything()) or to_location_id in (select ref.visible_store_ids()));
grant select on ops.transfer_proposal to bi_reader;

create view bi.transfers with (security_invoker = true) as
select
  transfer_id,
  review_date,
  dim_store.store_key,
  from_location_id,
  dim_product.product_key,
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
comment on column bi.transfers.from_location_id is 'The store or warehouse that gives.';
comment on column bi.transfers.product_key is 'Current version of the product.';
comment on column bi.transfers.state is 'proposed, accepted, refused, expired, shipped or received.';
comment on column bi.transfers.quantity is 'Units to move.';
comment on column bi.transfers.shipped_quantity is 'Units that left.';
comment on column bi.transfers.gain_amount is 'Money by which the expected costs of both fall, moving paid.';
comment on column bi.transfers.currency is 'ISO 4217 code of the gain.';
comment on column bi.transfers.decided_by is 'Who accepted or refused it.';
comment on column bi.transfers.reason_code is 'Why it was refused.';
comment on column bi.transfers.shipped_at is 'When it left, UTC.';
comment on column bi.transfers.arrives_at is 'When it is there, UTC.';
comment on column bi.transfers.updated_at is 'When the row was last written, UTC.';

create view ops.transfer_approver as
select transfer_id, person
from ops.transfer_proposal
join (
  select person, location_id from ref.approver
  union
  select delegate_to, location_id from ref.approver where delegate_until > ops.now()
) as standing on location_id is null or location_id in (from_location_id, to_location_id);
comment on view ops.transfer_approver is
  'Who has a say in which transfer: whoever may approve orders where the goods come from or go to, in whatever role, and his delegate.';
