-- Purchase orders after the draft: who approves them, how they went out, what came of them.

create table ref.approval_tier (
  from_value numeric primary key check (from_value >= 0),
  minimum_approvers integer not null check (minimum_approvers between 0 and 10),
  role text,
  escalate_after interval check (escalate_after > interval '0'),
  expires_after interval check (expires_after > interval '0'),
  constraint a_role_is_for_approvers check ((minimum_approvers = 0) = (role is null)),
  constraint nothing_expires_that_nobody_decides
    check (minimum_approvers > 0 or num_nonnulls(escalate_after, expires_after) = 0),
  constraint it_escalates_before_it_expires check (escalate_after < expires_after)
);
comment on table ref.approval_tier is 'Who has to approve an order, by its value: the highest tier that begins at the value or below.';
comment on column ref.approval_tier.from_value is 'In the order''s money; one tier must begin at 0.';
comment on column ref.approval_tier.minimum_approvers is 'How many people; 0: such an order is approved by itself.';
comment on column ref.approval_tier.role is 'Who has this role may approve, and who has that of a higher tier.';
comment on column ref.approval_tier.escalate_after is 'Without a decision for so long the roles above are asked too. By the real clock.';
comment on column ref.approval_tier.expires_after is 'Without a decision for so long the order is given up. By the real clock.';

insert into ref.approval_tier values
  (0, 0, null, null, null),
  (500, 1, 'buyer', '4 hours', '2 days'),
  (5000, 1, 'senior_buyer', '8 hours', '3 days'),
  (50000, 2, 'director', '1 day', '5 days');

create table ref.approver (
  person text not null check (person <> '' and person <> 'shelfline'),
  role text not null,
  location_id text collate "C",
  delegate_to text,
  delegate_until timestamptz,
  changed_by text not null,
  updated_at timestamptz not null default now(),
  unique nulls not distinct (person, role, location_id),
  constraint a_delegate_is_one_for_a_while check ((delegate_to is null) = (delegate_until is null)),
  constraint a_delegate_is_somebody_else check (delegate_to <> person)
);
comment on table ref.approver is 'Who may approve orders, in which role and for which location.';
comment on column ref.approver.person is 'The name that he decides under.';
comment on column ref.approver.location_id is 'Only orders for this warehouse or store; null: for all.';
comment on column ref.approver.delegate_to is 'Who may decide in his place until delegate_until.';

create table ref.edit_reason (
  reason_code text primary key,
  meaning text not null
);
comment on table ref.edit_reason is 'Why people order something else than what was proposed: an edit names one of these.';
insert into ref.edit_reason values
  ('promotion', 'A promotion that the forecast does not know of.'),
  ('event', 'Something in the neighbourhood: a feast, a match, roadworks.'),
  ('stock', 'There is more or less on hand than the system believes.'),
  ('space', 'There is not so much room, or room to fill.'),
  ('price', 'It will be dearer or cheaper soon.'),
  ('quality', 'The goods or the supplier are not as they should be.'),
  ('forecast', 'The forecast is not believed.'),
  ('other', 'Something else; the reason says what.');

alter table ops.purchase_order
  add column risks text[] not null default '{}',
  add column approval_role text,
  add column approvals_needed integer,
  add column escalates_after interval,
  add column expires_after interval,
  add column waits_since timestamptz,
  add column escalated_at timestamptz,
  add column approved_revision integer,
  add column sent_at timestamptz,
  add column looked_after_at timestamptz;
comment on column ops.purchase_order.risks is 'Why it is looked at more closely than its value asks for.';
comment on column ops.purchase_order.approval_role is 'The role that has to approve it; null: nobody has to.';
comment on column ops.purchase_order.approvals_needed is 'How many people have to approve it.';
comment on column ops.purchase_order.escalates_after is 'Without a decision for so long after waits_since the roles above are asked too.';
comment on column ops.purchase_order.expires_after is 'Without a decision for so long after waits_since it is given up.';
comment on column ops.purchase_order.waits_since is 'Since when it waits for approval, by the real clock: escalation and expiry count from then.';
comment on column ops.purchase_order.escalated_at is 'When the roles above were asked too; null: they were not.';
comment on column ops.purchase_order.approved_revision is 'The revision as approved: what the supplier gets is named by it, so that he gets it once.';
comment on column ops.purchase_order.sent_at is 'When the supplier was sent it, by the business clock.';
comment on column ops.purchase_order.looked_after_at is 'When its workflow was last told to look, by the real clock.';
create index purchase_order_unended on ops.purchase_order (looked_after_at)
  where status not in ('closed', 'denied', 'expired', 'cancelled');
create index purchase_order_expected on ops.purchase_order (expected_on) where status in ('sent', 'acknowledged', 'partly_received');
create index purchase_order_updated on ops.purchase_order (updated_at);

alter table ops.purchase_order_line
  add column cancelled_quantity numeric not null default 0 check (cancelled_quantity >= 0),
  add column invoiced_quantity numeric not null default 0 check (invoiced_quantity >= 0);
comment on column ops.purchase_order_line.cancelled_quantity is 'Units that will not come: the supplier said so, or they were waited for too long.';
comment on column ops.purchase_order_line.invoiced_quantity is 'Units on invoices that agree with the order and with what came.';

alter table ops.purchase_order_action add column request_id text;
comment on column ops.purchase_order_action.request_id is 'Who asked for it names his request; the same request is carried out once.';
create unique index purchase_order_action_once on ops.purchase_order_action (purchase_order_id, request_id);

-- What will not come is not on order.
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
) as expected
group by location_id, product_id;

create table ops.goods_receipt (
  receipt_no bigint generated always as identity primary key,
  event_id text not null unique,
  purchase_order_id text collate "C" not null references ops.purchase_order,
  line_no integer,
  shipment_id text not null,
  supplier_id text collate "C" not null,
  location_id text collate "C" not null,
  product_id text collate "C" not null,
  status text not null check (status in ('announced', 'shipped', 'delivered', 'cancelled')),
  quantity numeric not null check (quantity >= 0),
  damaged_quantity numeric not null default 0,
  batch_id text,
  expires_on date,
  happened_at timestamptz not null,
  happened_on date not null,
  stock_event_id text,
  recorded_at timestamptz not null,
  told_at timestamptz,
  constraint no_more_is_damaged_than_came check (damaged_quantity between 0 and quantity)
);
create index goods_receipt_of_order on ops.goods_receipt (purchase_order_id, line_no);
create index goods_receipt_untold on ops.goods_receipt (purchase_order_id, receipt_no) where told_at is null;
create index goods_receipt_delivered on ops.goods_receipt (supplier_id, happened_on) where status = 'delivered';
comment on table ops.goods_receipt is 'What suppliers told of their deliveries of orders, one row per message of supplier_shipments. Append-only but for told_at.';
comment on column ops.goods_receipt.event_id is 'The message; it counts once.';
comment on column ops.goods_receipt.line_no is 'The line of the order; null: it was not ordered.';
comment on column ops.goods_receipt.status is 'announced, shipped, delivered, or cancelled: it will not come.';
comment on column ops.goods_receipt.quantity is 'Units, damaged ones included.';
comment on column ops.goods_receipt.happened_on is 'The day by the clock of the location.';
comment on column ops.goods_receipt.stock_event_id is 'The event that took the goods into stock for this receipt; null: the location tells of its goods itself.';
comment on column ops.goods_receipt.recorded_at is 'When it was taken in, by the business clock.';
comment on column ops.goods_receipt.told_at is 'When the order''s workflow had heard of it.';

create table ref.goods_in (
  location_id text collate "C" primary key,
  told_by text not null check (told_by in ('location', 'receipt')),
  changed_by text not null,
  updated_at timestamptz not null default now()
);
comment on table ref.goods_in is
  'Where goods that come in are told of by the location''s own system, and where the supplier''s delivery is all that tells. A location without a row: by the receipt, but for simulated suppliers, whose warehouses tell themselves.';
comment on column ref.goods_in.told_by is 'location: it sends warehouse_events or inventory_updates itself; receipt: Shelfline does when a delivery is told.';

create view ops.supplier_lead_time as
select
  receipt.supplier_id,
  receipt.location_id,
  receipt.product_id,
  receipt.purchase_order_id,
  receipt.line_no,
  orders.sent_at,
  receipt.happened_at as delivered_at,
  round(extract(epoch from receipt.happened_at - orders.sent_at) / 86400, 3) as lead_time_days,
  orders.expected_on,
  receipt.happened_on - orders.expected_on as days_late,
  receipt.quantity,
  receipt.damaged_quantity
from ops.goods_receipt as receipt
join ops.purchase_order as orders using (purchase_order_id)
where receipt.status = 'delivered' and orders.sent_at <= receipt.happened_at;
comment on view ops.supplier_lead_time is 'Every delivery of an order with how long it took: the distribution that plans are made with.';
comment on column ops.supplier_lead_time.lead_time_days is 'Days from sending the order until the goods came.';
comment on column ops.supplier_lead_time.days_late is 'Days after the expected one; negative: before it.';

create view ops.supplier_performance as
with line as (
  select
    supplier_id,
    location_id,
    count(*) as lines,
    count(*) filter (where received_quantity + cancelled_quantity >= line.quantity) as settled_lines,
    sum(line.quantity) filter (where received_quantity + cancelled_quantity >= line.quantity) as settled_quantity,
    sum(received_quantity) filter (where received_quantity + cancelled_quantity >= line.quantity) as settled_received,
    sum(received_quantity) as received_quantity,
    sum(damaged_quantity) as damaged_quantity
  from ops.purchase_order
  join ops.purchase_order_line as line using (purchase_order_id)
  where sent_at > ops.now() - interval '180 days' and line.quantity > 0
  group by supplier_id, location_id
),
delivery as (
  select
    supplier_id,
    location_id,
    count(*) as deliveries,
    avg((days_late <= 0)::integer) as on_time,
    avg(lead_time_days) as mean,
    percentile_cont(array[0.1, 0.5, 0.9]) within group (order by lead_time_days) as quantiles,
    stddev_samp(lead_time_days) as deviation
  from ops.supplier_lead_time
  where sent_at > ops.now() - interval '180 days'
  group by supplier_id, location_id
)
select
  supplier_id,
  location_id,
  line.lines,
  line.settled_lines,
  round(least(line.settled_received / nullif(line.settled_quantity, 0), 1), 4) as fill,
  round(line.damaged_quantity / nullif(line.received_quantity, 0), 4) as damaged,
  coalesce(delivery.deliveries, 0) as deliveries,
  round(delivery.on_time, 4) as on_time,
  round(delivery.mean, 3) as lead_time_mean_days,
  round(delivery.quantiles[1]::numeric, 3) as lead_time_p10_days,
  round(delivery.quantiles[2]::numeric, 3) as lead_time_p50_days,
  round(delivery.quantiles[3]::numeric, 3) as lead_time_p90_days,
  round(delivery.deviation, 3) as lead_time_deviation_days
from line
left join delivery using (supplier_id, location_id);
comment on view ops.supplier_performance is 'How suppliers delivered what was ordered in the last 180 days, by the location that ordered.';
comment on column ops.supplier_performance.lines is 'Lines of orders that were sent.';
comment on column ops.supplier_performance.settled_lines is 'Lines of which everything came or will not come.';
comment on column ops.supplier_performance.fill is 'Of settled lines: units that came ÷ units ordered; null when none is settled.';
comment on column ops.supplier_performance.damaged is 'Units that were damaged ÷ units that came.';
comment on column ops.supplier_performance.deliveries is 'Deliveries, one per line and delivery.';
comment on column ops.supplier_performance.on_time is 'Share of deliveries on the expected day or before.';
comment on column ops.supplier_performance.lead_time_p90_days is 'Nine of ten deliveries took so many days or fewer.';
comment on column ops.supplier_performance.lead_time_deviation_days is 'Standard deviation of the lead time, in days.';

-- A person has a say in an order by a row of his own, by that of somebody whose delegate he is, or by being asked for this
-- order by one of these.
create view ops.purchase_order_approver as
with standing as (
  select person, person as on_behalf_of, role, location_id from ref.approver
  union
  select delegate_to, person, role, location_id from ref.approver where delegate_until > ops.now()
),
ranked as (
  select standing.*, tier.rank
  from standing
  left join (select role, max(from_value) as rank from ref.approval_tier where role is not null group by role) as tier using (role)
),
entitled as (
  select
    purchase_order_id,
    person,
    on_behalf_of,
    ranked.role,
    coalesce(
      rank >= (select max(from_value) from ref.approval_tier as tier where tier.role = orders.approval_role), false
    ) as may_approve
  from ops.purchase_order as orders
  join ranked on ranked.location_id is null or ranked.location_id = orders.location_id
)
select * from entitled
union
select entitled.purchase_order_id, action.detail ->> 'to', entitled.on_behalf_of, entitled.role, entitled.may_approve
from ops.purchase_order_action as action
join entitled on entitled.purchase_order_id = action.purchase_order_id and entitled.person = action.acted_by
where action.action = 'delegate';
comment on view ops.purchase_order_approver is 'Who has a say in which order, and as whom.';
comment on column ops.purchase_order_approver.on_behalf_of is 'Whose right it is: his own, or that of somebody who made him his delegate.';
comment on column ops.purchase_order_approver.may_approve is 'Whether the role is the one that the order waits for, or one above; without it he may edit and cancel.';

insert into ops.alert_rule (alert_type, position, topic, every, resolve_after, group_from, meaning) values
  ('supplier_delay', 98, 'alerts', '10 minutes', '10 minutes', null,
    'A supplier''s delivery is late, short or damaged, or an order has not reached him.');
