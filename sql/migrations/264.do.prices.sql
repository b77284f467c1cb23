-- Prices: how products answer to them, and markdowns that are planned in place of one percentage for all.

alter table ref.policy
  drop constraint values_of_its_kind,
  add column markdown_method text check (markdown_method in ('planned', 'fixed')),
  add column markdown_percent_max numeric check (markdown_percent_max between 0 and 95),
  add column markdown_approval_percent numeric check (markdown_approval_percent between 0 and 100),
  add column expiry_cost_percent numeric check (expiry_cost_percent between 0 and 1000),
  add constraint values_of_its_kind check (
    (
      kind = 'shelf' or num_nonnulls(
        restock_below, restock_to, refill_delay_seconds, hold_seconds, visit_seconds, near_expiry_days, markdown_percent,
        markdown_method, markdown_percent_max, markdown_approval_percent, expiry_cost_percent
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
comment on column ref.policy.markdown_percent is
  'By how many per cent a lot near its expiry is marked down where the percentage is fixed, or no plan was made.';
comment on column ref.policy.markdown_method is 'planned: by what is expected to earn most; fixed: always by markdown_percent.';
comment on column ref.policy.markdown_percent_max is 'No planned markdown is deeper.';
comment on column ref.policy.markdown_approval_percent is 'A planned markdown that is deeper needs the approval of a person.';
comment on column ref.policy.expiry_cost_percent is
  'What an expired unit costs beside the goods themselves, in per cent of what it cost: its removal, and what less waste is worth.';

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
  60 as maximum_cover_days,
  'planned'::text as markdown_method,
  70.0 as markdown_percent_max,
  50.0 as markdown_approval_percent,
  100.0 as expiry_cost_percent;

-- The same statement: * now has the new columns.
create or replace view ref.policy_now as
select distinct on (kind, place_id, category, product_id) *
from (
  select distinct on (kind, policy_id) * from ref.policy order by kind, policy_id, effective_at desc, event_id desc
) as newest
order by kind, place_id, category, product_id, effective_at desc, event_id desc;

create or replace view ref.shelf_policy as
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
  coalesce(exact.refill_delay_seconds, product.refill_delay_seconds, store_category.refill_delay_seconds, category.refill_delay_seconds,
    store.refill_delay_seconds, everything.refill_delay_seconds, policy_default.refill_delay_seconds) as refill_delay_seconds,
  coalesce(exact.hold_seconds, product.hold_seconds, store_category.hold_seconds, category.hold_seconds,
    store.hold_seconds, everything.hold_seconds, policy_default.hold_seconds) as hold_seconds,
  coalesce(exact.visit_seconds, product.visit_seconds, store_category.visit_seconds, category.visit_seconds,
    store.visit_seconds, everything.visit_seconds, policy_default.visit_seconds) as visit_seconds,
  coalesce(exact.near_expiry_days, product.near_expiry_days, store_category.near_expiry_days, category.near_expiry_days,
    store.near_expiry_days, everything.near_expiry_days, policy_default.near_expiry_days) as near_expiry_days,
  coalesce(exact.markdown_percent, product.markdown_percent, store_category.markdown_percent, category.markdown_percent,
    store.markdown_percent, everything.markdown_percent, policy_default.markdown_percent) as markdown_percent,
  coalesce(exact.markdown_method, product.markdown_method, store_category.markdown_method, category.markdown_method,
    store.markdown_method, everything.markdown_method, policy_default.markdown_method) as markdown_method,
  coalesce(exact.markdown_percent_max, product.markdown_percent_max, store_category.markdown_percent_max, category.markdown_percent_max,
    store.markdown_percent_max, everything.markdown_percent_max, policy_default.markdown_percent_max) as markdown_percent_max,
  coalesce(exact.markdown_approval_percent, product.markdown_approval_percent, store_category.markdown_approval_percent, category.markdown_approval_percent,
    store.markdown_approval_percent, everything.markdown_approval_percent, policy_default.markdown_approval_percent) as markdown_approval_percent,
  coalesce(exact.expiry_cost_percent, product.expiry_cost_percent, store_category.expiry_cost_percent, category.expiry_cost_percent,
    store.expiry_cost_percent, everything.expiry_cost_percent, policy_default.expiry_cost_percent) as expiry_cost_percent
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

-- What is learnt of prices.

create table state.price_usual (
  store_id text collate "C" not null,
  product_id text collate "C" not null,
  units double precision not null,
  exposure double precision not null,
  days double precision not null,
  squares double precision not null,
  squares_expected double precision not null,
  primary key (store_id, product_id)
) with (fillfactor = 80);
comment on table state.price_usual is
  'What a product sells at its usual price: sums over its days, of which half is forgotten after four weeks.';
comment on column state.price_usual.exposure is 'Visitors of the store × the probability that the product was there.';
comment on column state.price_usual.days is 'Days with any exposure.';
comment on column state.price_usual.squares is 'Squared differences from what was expected; half is forgotten after half a year, as of squares_expected.';
comment on column state.price_usual.squares_expected is 'Units that were expected on these days.';

create table state.price_answer (
  store_id text collate "C" not null,
  product_id text collate "C" not null,
  reason text not null check (reason in ('promotion', 'markdown')),
  depth_step smallint not null check (depth_step between 1 and 36),
  sold double precision not null,
  expected double precision not null,
  primary key (store_id, product_id, reason, depth_step)
) with (fillfactor = 80);
comment on table state.price_answer is
  'What a product sold below its usual price, and what it would have sold at it; half is forgotten after half a year.';
comment on column state.price_answer.depth_step is 'How far below, in steps of 2.5 per cent.';

create table state.price_learnt (
  store_id text collate "C" primary key,
  learnt_through date not null
);
comment on table state.price_learnt is 'The last day of each store that is in state.price_usual and state.price_answer.';

create table state.price_response (
  level text not null check (level in ('all', 'category', 'product', 'store')),
  category text not null,
  member_id text collate "C" not null,
  elasticity double precision not null,
  error double precision not null,
  sold double precision not null,
  expected double precision not null,
  promotion_factor double precision,
  dispersion double precision,
  learnt_on date not null,
  primary key (level, category, member_id)
);
comment on table state.price_response is
  'How demand answers to prices: of all products, of a category, of a product, of a category in a store. Learnt once a day.';
comment on column state.price_response.category is 'Empty: of all, or of products without category.';
comment on column state.price_response.member_id is 'The product or the store; empty for the others.';
comment on column state.price_response.elasticity is 'A price that is 1 per cent lower sells this many per cent more.';
comment on column state.price_response.error is 'Its standard error.';
comment on column state.price_response.sold is 'Units that were sold below the usual price.';
comment on column state.price_response.expected is 'Units that would have been sold at it.';
comment on column state.price_response.promotion_factor is 'What a promotion sells over the same price without one; of categories.';
comment on column state.price_response.dispersion is 'Variance of a day''s units over their mean; of categories.';
comment on column state.price_response.learnt_on is 'Day in UTC.';

-- What is planned.

create table ops.markdown_plan (
  store_id text collate "C" not null,
  product_id text collate "C" not null,
  plan_date date not null,
  percent numeric not null check (percent between 0 and 100),
  best_percent numeric not null check (best_percent between 0 and 100),
  state text not null check (state in ('automatic', 'proposed', 'approved', 'denied')),
  near_quantity numeric not null,
  last_expires_on date not null,
  planned_at timestamptz not null,
  explanation jsonb not null,
  decided_by text,
  decided_at timestamptz,
  decided_reason text,
  primary key (store_id, product_id, plan_date),
  constraint a_plan_is_at_most_the_best check (percent <= best_percent),
  constraint who_decided_is_known check ((state in ('approved', 'denied')) = (decided_by is not null))
);
comment on table ops.markdown_plan is 'By how much a shelf is marked down on a day because lots of it are near their expiry, and why.';
comment on column ops.markdown_plan.plan_date is 'The store''s day.';
comment on column ops.markdown_plan.percent is 'Markdown in per cent of the list price; 0: none is needed.';
comment on column ops.markdown_plan.best_percent is 'What is expected to earn most; deeper than percent while a person has not approved it.';
comment on column ops.markdown_plan.state is 'automatic: needs no approval; proposed: the deeper one waits for it.';
comment on column ops.markdown_plan.near_quantity is 'Units of lots near their expiry.';
comment on column ops.markdown_plan.last_expires_on is 'When the last of these expires.';
comment on column ops.markdown_plan.planned_at is 'By the business clock.';
comment on column ops.markdown_plan.explanation is 'Demand, elasticity, prices and cost that it was planned with, and what each markdown was expected to bring.';
create index markdown_plan_planned on ops.markdown_plan (planned_at);

create view ops.markdown_approver as
select plan.store_id, plan.product_id, plan.plan_date, role.person
from ops.markdown_plan as plan
left join ref.shelves using (store_id, product_id)
join (
  select person, location_id from ref.approver
  union
  select delegate_to, location_id from ref.approver where delegate_until > ops.now()
) as role on role.location_id is null or role.location_id in (plan.store_id, shelves.warehouse_id);
comment on view ops.markdown_approver is
  'Who may decide about which markdown: people who may approve orders of the store or of the warehouse that refills it, in whatever role, and their delegate.';

do $$
declare
  target text;
begin
  foreach target in array array['state.price_usual', 'state.price_answer', 'state.price_learnt', 'ops.markdown_plan'] loop
    execute format('alter table %s enable row level security', target);
    execute format('create policy application on %s to shelfline_app using (true) with check (true)', target);
    execute format(
      'create policy own_stores on %s for select to shelfline_web using ((select ref.sees_everything()) or store_id in (select ref.visible_store_ids()))',
      target
    );
    execute format('grant select on %s to shelfline_web', target);
  end loop;
end;
$$;
alter table state.price_response enable row level security;
create policy application on state.price_response to shelfline_app using (true) with check (true);
create policy own_stores on state.price_response for select to shelfline_web
  using (level <> 'store' or (select ref.sees_everything()) or member_id in (select ref.visible_store_ids()));
grant select on state.price_response, ops.markdown_approver to shelfline_web;
grant update (state, percent, decided_by, decided_at, decided_reason) on ops.markdown_plan to shelfline_web;
create policy decided_by_themselves on ops.markdown_plan for update to shelfline_web
  using ((select ref.sees_everything()) or store_id in (select ref.visible_store_ids()))
  with check (decided_by = (select ref.acting_user()));
create trigger audit_update after update on ops.markdown_plan
  referencing old table as old_rows new table as new_rows for each statement
  execute function ops.audit_changes('{"object": "markdown", "on": "update", "key": ["store_id", "product_id", "plan_date"], "by": ["decided_by"], "action": "state", "when": ["decided_by"], "people_only": true, "ignore": ["planned_at", "explanation"]}');
