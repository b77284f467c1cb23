-- Replenishment: suppliers, their terms, the policies that orders are made by, and the orders themselves.
--
-- A location is where goods are ordered to: a warehouse, or a store that no warehouse refills.

create table ref.suppliers (
  supplier_id text collate "C" primary key,
  name text not null,
  country text,
  adapter text not null check (adapter in ('file', 'webhook', 'simulator')),
  endpoint text,
  contact_email text,
  order_weekdays smallint[] not null check (cardinality(order_weekdays) between 1 and 7),
  cut_off time not null,
  time_zone text not null,
  lead_time_days numeric not null,
  minimum_order_value numeric not null default 0 check (minimum_order_value >= 0),
  currency text not null,
  recorded_at timestamptz not null,
  updated_at timestamptz not null default now(),
  constraint a_lead_time_is_positive check (lead_time_days > 0 and lead_time_days <= 365),
  constraint a_webhook_has_an_endpoint check (adapter <> 'webhook' or endpoint is not null)
);
comment on table ref.suppliers is 'Who goods are ordered from; the newest record of supplier_catalog.';
comment on column ref.suppliers.adapter is 'How orders reach it: file, webhook, or the simulator.';
comment on column ref.suppliers.endpoint is 'Where orders go: the webhook, or the folder for files.';
comment on column ref.suppliers.contact_email is 'Who is written to when something is wrong.';
comment on column ref.suppliers.order_weekdays is 'Days on which it takes orders, Monday is 1.';
comment on column ref.suppliers.cut_off is 'Orders until then, by the clock of time_zone, go out the same day.';
comment on column ref.suppliers.time_zone is 'IANA time zone of the cut-off.';
comment on column ref.suppliers.lead_time_days is 'From the order until the delivery, as agreed: the prior of what its receipts teach.';
comment on column ref.suppliers.minimum_order_value is 'It takes no order that is worth less.';
comment on column ref.suppliers.currency is 'ISO 4217 code of its prices.';
comment on column ref.suppliers.recorded_at is 'When the record holds from; a newer one replaces it.';

create table ref.supply_terms (
  terms_id text collate "C" primary key,
  location_id text collate "C",
  product_id text collate "C" not null,
  supplier_id text collate "C" not null,
  unit_cost numeric not null check (unit_cost >= 0),
  pack_size numeric not null,
  pallet_size numeric,
  minimum_quantity numeric not null default 0 check (minimum_quantity >= 0),
  maximum_quantity numeric,
  capacity numeric check (capacity >= 0),
  shelf_life_days integer check (shelf_life_days > 0),
  preference integer not null check (preference > 0),
  delisted_on date,
  substitute_product_id text collate "C",
  recorded_at timestamptz not null,
  updated_at timestamptz not null default now(),
  constraint terms_are_named_by_what_they_are_for
    check (terms_id = coalesce(location_id, '*') || '/' || product_id || '/' || supplier_id),
  constraint a_pack_holds_something check (pack_size > 0),
  constraint a_pallet_holds_whole_packs check (pallet_size > 0 and pallet_size % pack_size = 0),
  constraint a_maximum_holds_a_pack check (maximum_quantity >= pack_size),
  constraint a_minimum_is_at_most_the_maximum check (minimum_quantity <= maximum_quantity),
  constraint a_substitute_is_another_product check (substitute_product_id <> product_id)
);
create index supply_terms_of_product on ref.supply_terms (product_id, location_id);
create index supply_terms_of_location on ref.supply_terms (location_id, product_id) where location_id is not null;
comment on table ref.supply_terms is 'On what terms suppliers deliver products; the newest record of supply_terms.';
comment on column ref.supply_terms.terms_id is '<location or *>/<product>/<supplier>.';
comment on column ref.supply_terms.location_id is 'The warehouse or store that they hold for; null: every one for which the supplier has no terms of its own.';
comment on column ref.supply_terms.unit_cost is 'Price of a unit, in the supplier''s money.';
comment on column ref.supply_terms.pack_size is 'Orders are whole multiples of so many units.';
comment on column ref.supply_terms.pallet_size is 'Units of a full pallet.';
comment on column ref.supply_terms.minimum_quantity is 'It takes no order of fewer units.';
comment on column ref.supply_terms.maximum_quantity is 'It takes no order of more units.';
comment on column ref.supply_terms.capacity is 'Units of it that fit into the location, what is there and on order included.';
comment on column ref.supply_terms.shelf_life_days is 'Days from the delivery until the goods expire; null: they do not.';
comment on column ref.supply_terms.preference is 'Who is asked first: 1 before 2.';
comment on column ref.supply_terms.delisted_on is 'From this day on it is not ordered any more.';
comment on column ref.supply_terms.substitute_product_id is 'What customers buy in its place.';
comment on column ref.supply_terms.recorded_at is 'When the record holds from; a newer one replaces it.';

alter table ref.policy
  drop constraint policy_kind_check,
  drop constraint values_of_its_kind,
  add column method text check (method in ('base_stock', 's_s', 'r_s')),
  add column service_target numeric check (service_target > 0 and service_target < 1),
  add column service_measure text check (service_measure in ('cycle', 'fill', 'critical_ratio')),
  add column review_days integer check (review_days between 1 and 90),
  add column holding_rate_per_year numeric check (holding_rate_per_year between 0 and 10),
  add column stock_out_cost_ratio numeric check (stock_out_cost_ratio between 0 and 100),
  add column waste_cost_ratio numeric check (waste_cost_ratio between 0 and 100),
  add column ordering_cost numeric check (ordering_cost >= 0),
  add column budget_per_day numeric check (budget_per_day >= 0),
  add column maximum_cover_days integer check (maximum_cover_days between 1 and 730),
  add constraint policy_kind_check check (kind in ('shelf', 'warehouse', 'replenishment')),
  add constraint a_budget_is_of_a_place check (budget_per_day is null or num_nonnulls(category, product_id) = 0),
  add constraint a_cover_outlasts_the_review check (review_days < maximum_cover_days),
  add constraint values_of_its_kind check (
    (
      kind = 'shelf' or num_nonnulls(
        restock_below, restock_to, refill_delay_seconds, hold_seconds, visit_seconds, near_expiry_days, markdown_percent
      ) = 0
    )
    and (kind = 'warehouse' or num_nonnulls(reorder_point, order_up_to, lead_time_days, pack_size) = 0)
    and (
      kind = 'replenishment' or num_nonnulls(
        method, service_target, service_measure, review_days, holding_rate_per_year, stock_out_cost_ratio, waste_cost_ratio,
        ordering_cost, budget_per_day, maximum_cover_days
      ) = 0
    )
  );
comment on table ref.policy is
  'Every version of every policy, as the topics shelf_policies, warehouse_policies and replenishment_policies tell them; the newest version of a policy holds. A value that is null is for a wider policy to say.';
comment on column ref.policy.kind is 'Whether it rules shelves, warehouses or orders to suppliers.';
comment on column ref.policy.method is 'base_stock and r_s order up to a level at every review; s_s only when the position is at the reorder point.';
comment on column ref.policy.service_target is 'The service to reach, between 0 and 1.';
comment on column ref.policy.service_measure is
  'cycle: share of order cycles without a stock-out; fill: share of demand met; critical_ratio: what margin, holding and waste say.';
comment on column ref.policy.review_days is 'Days between two reviews of the same product.';
comment on column ref.policy.holding_rate_per_year is 'What keeping a unit for a year costs, as a share of its cost.';
comment on column ref.policy.stock_out_cost_ratio is 'What a unit that is missing costs, as a share of its price.';
comment on column ref.policy.waste_cost_ratio is 'What a unit that expires costs, as a share of its cost.';
comment on column ref.policy.ordering_cost is 'Money that each order line costs, whatever its quantity.';
comment on column ref.policy.budget_per_day is 'Money that a location''s orders of one day may come to.';
comment on column ref.policy.maximum_cover_days is 'No order brings more than so many days of demand.';

create or replace view ref.policy_default as
select
  0.35 as restock_below,
  1.0 as restock_to,
  1800 as refill_delay_seconds,
  60 as hold_seconds,
  7200 as visit_seconds,
  2 as near_expiry_days,
  30.0 as markdown_percent,
  null::numeric as reorder_point,
  null::numeric as order_up_to,
  2.0 as lead_time_days,
  1.0 as pack_size,
  'base_stock'::text as method,
  0.95 as service_target,
  'cycle'::text as service_measure,
  1 as review_days,
  0.2 as holding_rate_per_year,
  0.3 as stock_out_cost_ratio,
  1.0 as waste_cost_ratio,
  0.0 as ordering_cost,
  null::numeric as budget_per_day,
  60 as maximum_cover_days;
comment on view ref.policy_default is
  'The values that hold where no policy says anything. A reorder point that nobody gives is made from the shelves that the warehouse fills; a budget that nobody gives is no bound.';

-- The same statement: * now has the new columns.
create or replace view ref.policy_now as
select distinct on (kind, place_id, category, product_id) *
from (
  select distinct on (kind, policy_id) * from ref.policy order by kind, policy_id, effective_at desc, event_id desc
) as newest
order by kind, place_id, category, product_id, effective_at desc, event_id desc;

create view ref.location_product as
select warehouse_id as location_id, product_id, true as is_warehouse
from ref.shelves
union
select location_id, product_id, true
from ref.supply_terms as terms
where exists (select from ref.shelves where shelves.warehouse_id = terms.location_id)
union
select store_id, product_id, false
from state.stock
where not exists (
  select from ref.shelves where shelves.store_id = stock.store_id and shelves.product_id = stock.product_id
)
union
select location_id, product_id, false
from ref.supply_terms as terms
where exists (select from ref.stores where stores.store_id = terms.location_id)
  and not exists (
    select from ref.shelves where shelves.store_id = terms.location_id and shelves.product_id = terms.product_id
  );
comment on view ref.location_product is
  'Where each product can be ordered to: the warehouses that refill its shelves, and the stores in which no warehouse does.';
comment on column ref.location_product.is_warehouse is 'Whether the location is a warehouse; else it is a store.';

create view ref.replenishment_policy as
with policy as materialized (
  select * from ref.policy_now where kind = 'replenishment'
)
select
  item.location_id,
  item.product_id,
  item.is_warehouse,
  coalesce(exact.method, product.method, location_category.method, category.method, location.method, everything.method,
    policy_default.method) as method,
  coalesce(exact.service_target, product.service_target, location_category.service_target, category.service_target,
    location.service_target, everything.service_target, policy_default.service_target) as service_target,
  coalesce(exact.service_measure, product.service_measure, location_category.service_measure, category.service_measure,
    location.service_measure, everything.service_measure, policy_default.service_measure) as service_measure,
  coalesce(exact.review_days, product.review_days, location_category.review_days, category.review_days,
    location.review_days, everything.review_days, policy_default.review_days) as review_days,
  coalesce(exact.holding_rate_per_year, product.holding_rate_per_year, location_category.holding_rate_per_year,
    category.holding_rate_per_year, location.holding_rate_per_year, everything.holding_rate_per_year,
    policy_default.holding_rate_per_year) as holding_rate_per_year,
  coalesce(exact.stock_out_cost_ratio, product.stock_out_cost_ratio, location_category.stock_out_cost_ratio,
    category.stock_out_cost_ratio, location.stock_out_cost_ratio, everything.stock_out_cost_ratio,
    policy_default.stock_out_cost_ratio) as stock_out_cost_ratio,
  coalesce(exact.waste_cost_ratio, product.waste_cost_ratio, location_category.waste_cost_ratio,
    category.waste_cost_ratio, location.waste_cost_ratio, everything.waste_cost_ratio,
    policy_default.waste_cost_ratio) as waste_cost_ratio,
  coalesce(exact.ordering_cost, product.ordering_cost, location_category.ordering_cost, category.ordering_cost,
    location.ordering_cost, everything.ordering_cost, policy_default.ordering_cost) as ordering_cost,
  coalesce(location.budget_per_day, everything.budget_per_day, policy_default.budget_per_day) as budget_per_day,
  coalesce(exact.maximum_cover_days, product.maximum_cover_days, location_category.maximum_cover_days,
    category.maximum_cover_days, location.maximum_cover_days, everything.maximum_cover_days,
    policy_default.maximum_cover_days) as maximum_cover_days
from ref.location_product as item
cross join ref.policy_default
left join ref.products on products.product_id = item.product_id
left join policy as exact on exact.place_id = item.location_id and exact.product_id = item.product_id
left join policy as product on product.place_id is null and product.product_id = item.product_id
left join policy as location_category
  on location_category.place_id = item.location_id and location_category.category = products.category
left join policy as category on category.place_id is null and category.category = products.category
left join policy as location
  on location.place_id = item.location_id and location.product_id is null and location.category is null
left join policy as everything
  on everything.place_id is null and everything.product_id is null and everything.category is null;
comment on view ref.replenishment_policy is 'What holds for each product of each location when orders are planned.';

create table ops.purchase_order (
  purchase_order_id text collate "C" primary key,
  supplier_id text collate "C" not null,
  location_id text collate "C" not null,
  review_date date not null,
  status text not null default 'draft' check (
    status in (
      'draft', 'awaiting_approval', 'approved', 'sent', 'acknowledged', 'partly_received', 'received', 'closed', 'denied',
      'expired', 'cancelled'
    )
  ),
  currency text not null,
  total_value numeric not null check (total_value >= 0),
  expected_on date,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  revision integer not null default 1 check (revision > 0),
  expires_at timestamptz,
  unique (supplier_id, location_id, review_date)
);
create index purchase_order_on_order on ops.purchase_order (location_id, supplier_id)
  where status in ('draft', 'awaiting_approval', 'approved', 'sent', 'acknowledged', 'partly_received');
create index purchase_order_newest on ops.purchase_order (review_date, purchase_order_id);
comment on table ops.purchase_order is 'Orders to suppliers, from the draft on; one per supplier, location and day of review.';
comment on column ops.purchase_order.purchase_order_id is 'PO-<supplier>-<location>-<yyyymmdd>.';
comment on column ops.purchase_order.location_id is 'The warehouse or store that the goods go to.';
comment on column ops.purchase_order.review_date is 'The day for which it was planned.';
comment on column ops.purchase_order.status is 'Where it is in its life.';
comment on column ops.purchase_order.currency is 'ISO 4217 code of the supplier''s prices.';
comment on column ops.purchase_order.total_value is 'Sum of quantity × unit cost over its lines.';
comment on column ops.purchase_order.expected_on is 'The day on which the goods are expected.';
comment on column ops.purchase_order.created_at is 'When it was drafted, by the business clock.';
comment on column ops.purchase_order.updated_at is 'When it last changed, by the business clock.';
comment on column ops.purchase_order.revision is 'Counts up with every change; who changes it names the revision that he has seen.';
comment on column ops.purchase_order.expires_at is 'When it is given up if nobody has decided by then; null: not decided yet or not waiting.';

create table ops.purchase_order_line (
  purchase_order_id text collate "C" not null references ops.purchase_order on delete cascade,
  line_no integer not null check (line_no > 0),
  product_id text collate "C" not null,
  proposed_quantity numeric not null check (proposed_quantity >= 0),
  quantity numeric not null check (quantity >= 0),
  unit_cost numeric not null check (unit_cost >= 0),
  received_quantity numeric not null default 0 check (received_quantity >= 0),
  damaged_quantity numeric not null default 0 check (damaged_quantity >= 0),
  explanation jsonb not null,
  primary key (purchase_order_id, line_no),
  unique (purchase_order_id, product_id)
);
comment on table ops.purchase_order_line is 'What is ordered of each product, and why.';
comment on column ops.purchase_order_line.line_no is 'Position of the line in the order, from 1.';
comment on column ops.purchase_order_line.proposed_quantity is 'Units that were planned; a person''s edit leaves it.';
comment on column ops.purchase_order_line.quantity is 'Units that are ordered.';
comment on column ops.purchase_order_line.unit_cost is 'Price of a unit.';
comment on column ops.purchase_order_line.received_quantity is 'Units that came so far, damaged ones included.';
comment on column ops.purchase_order_line.damaged_quantity is 'Units of them that were damaged.';
comment on column ops.purchase_order_line.explanation is 'Every term that the quantity follows from; `shelfline orders explain` shows it.';

create table ops.purchase_order_action (
  action_id bigint generated always as identity primary key,
  purchase_order_id text collate "C" not null references ops.purchase_order,
  acted_by text not null,
  acted_at timestamptz not null,
  action text not null,
  line_no integer,
  reason_code text,
  reason text,
  detail jsonb not null default '{}'
);
create index purchase_order_action_of_order on ops.purchase_order_action (purchase_order_id, action_id);
comment on table ops.purchase_order_action is 'Who did what to an order, and why. Append-only.';
comment on column ops.purchase_order_action.acted_by is 'A person, or the part of Shelfline that did it.';
comment on column ops.purchase_order_action.acted_at is 'When, by the business clock.';
comment on column ops.purchase_order_action.line_no is 'The line; null when it was about the order.';
comment on column ops.purchase_order_action.detail is 'What it was before and after.';
revoke update, delete, truncate on ops.purchase_order_action from shelfline_app;

create view ops.on_order as
select location_id, product_id, sum(quantity) as quantity, sum(draft_quantity) as draft_quantity
from (
  select
    location_id,
    product_id,
    greatest(line.quantity - received_quantity, 0) as quantity,
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
comment on view ops.on_order is
  'What is on order for each location and product: drafts and orders that wait for approval count, and so do the plans that the minute job made before there were terms.';
comment on column ops.on_order.quantity is 'Units that are to come.';
comment on column ops.on_order.draft_quantity is 'Units of them that nobody has approved yet.';

create table ops.replenishment_skip (
  review_date date not null,
  location_id text collate "C" not null,
  supplier_id text collate "C" not null,
  product_id text collate "C" not null,
  reason text not null,
  detail text not null,
  skipped_at timestamptz not null,
  primary key (review_date, location_id, supplier_id, product_id)
);
comment on table ops.replenishment_skip is 'What a run of the replenishment could not plan, and why; a newer run of the day replaces it.';
comment on column ops.replenishment_skip.supplier_id is 'The supplier whose lines were planned.';
comment on column ops.replenishment_skip.product_id is 'The product; empty when nothing of the supplier could be planned.';
comment on column ops.replenishment_skip.reason is 'A word for programs: unknown_product, unknown_supplier, no_terms, …';
comment on column ops.replenishment_skip.detail is 'A sentence for a person, with the way out.';
