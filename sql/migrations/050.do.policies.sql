-- Policies: the values that jobs and alerts go by. A policy says for whom it holds (everything, a store or warehouse, a
-- category, a product, or both a place and one of these) and some of the values; for each shelf and each product of a
-- warehouse every value comes from the most specific policy that has it.

create table ref.policy (
  kind text not null check (kind in ('shelf', 'warehouse')),
  policy_id text not null,
  effective_at timestamptz not null,
  event_id text not null,
  place_id text collate "C",
  category text,
  product_id text collate "C",
  changed_by text not null,
  reason text not null,
  restock_below numeric check (restock_below between 0 and 1),
  restock_to numeric check (restock_to > 0 and restock_to <= 1),
  refill_delay_seconds integer check (refill_delay_seconds between 0 and 604800),
  hold_seconds integer check (hold_seconds between 1 and 86400),
  visit_seconds integer check (visit_seconds between 60 and 86400),
  near_expiry_days integer check (near_expiry_days between 0 and 365),
  markdown_percent numeric check (markdown_percent between 0 and 100),
  reorder_point numeric check (reorder_point >= 0),
  order_up_to numeric check (order_up_to > 0),
  lead_time_days numeric check (lead_time_days between 0 and 365),
  pack_size numeric check (pack_size > 0),
  primary key (kind, policy_id, effective_at, event_id),
  constraint a_product_or_a_category check (product_id is null or category is null),
  constraint a_restock_fills check (restock_below < restock_to),
  constraint an_order_fills check (reorder_point < order_up_to),
  constraint values_of_its_kind check (
    case kind
      when 'shelf' then num_nonnulls(reorder_point, order_up_to, lead_time_days, pack_size) = 0
      else num_nonnulls(
        restock_below, restock_to, refill_delay_seconds, hold_seconds, visit_seconds, near_expiry_days, markdown_percent
      ) = 0
    end
  )
);
comment on table ref.policy is
  'Every version of every policy, as the topics shelf_policies and warehouse_policies tell them; the newest version of a policy holds. A value that is null is for a wider policy to say.';
comment on column ref.policy.kind is 'Whether it rules shelves or warehouses.';
comment on column ref.policy.policy_id is 'The policy; its newest version replaces the older ones.';
comment on column ref.policy.effective_at is 'When it was changed.';
comment on column ref.policy.event_id is 'The message that brought it; of two versions of one instant the greater id holds.';
comment on column ref.policy.place_id is 'The store or warehouse that it is for; null: all of them.';
comment on column ref.policy.category is 'The category that it is for; null: all of them.';
comment on column ref.policy.product_id is 'The product that it is for; null: all of them.';
comment on column ref.policy.changed_by is 'Who wanted it so.';
comment on column ref.policy.reason is 'Why.';
comment on column ref.policy.restock_below is 'Fill ratio under which a shelf is restocked.';
comment on column ref.policy.restock_to is 'Fill ratio that a restock aims at.';
comment on column ref.policy.refill_delay_seconds is 'From the picking in the warehouse until the goods are on the shelf.';
comment on column ref.policy.hold_seconds is 'A pickup that is held this long counts as taken.';
comment on column ref.policy.visit_seconds is 'What is held and not paid this long after the last event counts as lost.';
comment on column ref.policy.near_expiry_days is 'A lot that expires within so many days is marked down.';
comment on column ref.policy.markdown_percent is 'By how many per cent a lot near its expiry is marked down.';
comment on column ref.policy.reorder_point is 'Units on hand and on order under which the supplier is asked.';
comment on column ref.policy.order_up_to is 'Units on hand and on order that an order aims at.';
comment on column ref.policy.lead_time_days is 'From the order until the delivery, as expected.';
comment on column ref.policy.pack_size is 'Orders are whole multiples of so many units.';

create view ref.policy_default as
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
  1.0 as pack_size;
comment on view ref.policy_default is
  'The values that hold where no policy says anything. A reorder point that nobody gives is made from the shelves that the warehouse fills.';

create view ref.policy_now as
select distinct on (kind, place_id, category, product_id) *
from (
  select distinct on (kind, policy_id) * from ref.policy order by kind, policy_id, effective_at desc, event_id desc
) as newest
order by kind, place_id, category, product_id, effective_at desc, event_id desc;
comment on view ref.policy_now is 'The policies that hold: the newest version of each; of two for one scope the newer.';

-- From the most to the least specific. Policies are few: each level is a small hash that every shelf looks into once.
create view ref.shelf_policy as
with policy as materialized (
  select * from ref.policy_now where kind = 'shelf'
)
select
  shelves.store_id,
  shelves.product_id,
  coalesce(exact.restock_below, product.restock_below, store_category.restock_below, category.restock_below,
    store.restock_below, everything.restock_below, policy_default.restock_below) as restock_below,
  coalesce(exact.restock_to, product.restock_to, store_category.restock_to, category.restock_to,
    store.restock_to, everything.restock_to, policy_default.restock_to) as restock_to,
  coalesce(exact.refill_delay_seconds, product.refill_delay_seconds, store_category.refill_delay_seconds,
    category.refill_delay_seconds, store.refill_delay_seconds, everything.refill_delay_seconds,
    policy_default.refill_delay_seconds) as refill_delay_seconds,
  coalesce(exact.hold_seconds, product.hold_seconds, store_category.hold_seconds, category.hold_seconds,
    store.hold_seconds, everything.hold_seconds, policy_default.hold_seconds) as hold_seconds,
  coalesce(exact.visit_seconds, product.visit_seconds, store_category.visit_seconds, category.visit_seconds,
    store.visit_seconds, everything.visit_seconds, policy_default.visit_seconds) as visit_seconds,
  coalesce(exact.near_expiry_days, product.near_expiry_days, store_category.near_expiry_days, category.near_expiry_days,
    store.near_expiry_days, everything.near_expiry_days, policy_default.near_expiry_days) as near_expiry_days,
  coalesce(exact.markdown_percent, product.markdown_percent, store_category.markdown_percent, category.markdown_percent,
    store.markdown_percent, everything.markdown_percent, policy_default.markdown_percent) as markdown_percent
from ref.shelves
cross join ref.policy_default
left join ref.products on products.product_id = shelves.product_id
left join policy as exact on exact.place_id = shelves.store_id and exact.product_id = shelves.product_id
left join policy as product on product.place_id is null and product.product_id = shelves.product_id
left join policy as store_category
  on store_category.place_id = shelves.store_id and store_category.category = products.category
left join policy as category on category.place_id is null and category.category = products.category
left join policy as store
  on store.place_id = shelves.store_id and store.product_id is null and store.category is null
left join policy as everything
  on everything.place_id is null and everything.product_id is null and everything.category is null;
comment on view ref.shelf_policy is 'What holds for each shelf.';

create view ref.warehouse_policy as
with policy as materialized (
  select * from ref.policy_now where kind = 'warehouse'
),
served as (
  select warehouse_id, product_id, count(*) as shelves, sum(capacity) as shelf_capacity
  from ref.shelves group by warehouse_id, product_id
)
select
  served.warehouse_id,
  served.product_id,
  served.shelves,
  served.shelf_capacity,
  coalesce(exact.reorder_point, product.reorder_point, warehouse_category.reorder_point, category.reorder_point,
    warehouse.reorder_point, everything.reorder_point, policy_default.reorder_point) as reorder_point,
  coalesce(exact.order_up_to, product.order_up_to, warehouse_category.order_up_to, category.order_up_to,
    warehouse.order_up_to, everything.order_up_to, policy_default.order_up_to) as order_up_to,
  coalesce(exact.lead_time_days, product.lead_time_days, warehouse_category.lead_time_days, category.lead_time_days,
    warehouse.lead_time_days, everything.lead_time_days, policy_default.lead_time_days) as lead_time_days,
  coalesce(exact.pack_size, product.pack_size, warehouse_category.pack_size, category.pack_size,
    warehouse.pack_size, everything.pack_size, policy_default.pack_size) as pack_size
from served
cross join ref.policy_default
left join ref.products on products.product_id = served.product_id
left join policy as exact on exact.place_id = served.warehouse_id and exact.product_id = served.product_id
left join policy as product on product.place_id is null and product.product_id = served.product_id
left join policy as warehouse_category
  on warehouse_category.place_id = served.warehouse_id and warehouse_category.category = products.category
left join policy as category on category.place_id is null and category.category = products.category
left join policy as warehouse
  on warehouse.place_id = served.warehouse_id and warehouse.product_id is null and warehouse.category is null
left join policy as everything
  on everything.place_id is null and everything.product_id is null and everything.category is null;
comment on view ref.warehouse_policy is
  'What holds for each product of each warehouse that fills shelves; a reorder point that nobody gave is null.';
comment on column ref.warehouse_policy.shelf_capacity is 'Units that the shelves which it fills hold together.';
