-- What the models beside the demand forecast say each morning: anomalies, slow movers, stock targets, cross-sell.

create table analytics.fact_anomaly (
  anomaly_date date not null,
  store_key bigint not null,
  product_key bigint not null,
  score double precision not null check (score between 0 and 1),
  reason text not null,
  reasons jsonb not null,
  sold_quantity numeric(18, 6) not null,
  usual_quantity numeric(18, 6) not null,
  model_version integer not null,
  updated_at timestamptz not null default now()
) partition by range (anomaly_date);
create index fact_anomaly_date_store on analytics.fact_anomaly (anomaly_date, store_key);
comment on table analytics.fact_anomaly is 'Days of a product in a store that are unlike other days, by the isolation forest that was champion; a day that is usual has no row.';
comment on column analytics.fact_anomaly.anomaly_date is 'The day; the load replaces it whole.';
comment on column analytics.fact_anomaly.store_key is 'Version of the store that held on the day.';
comment on column analytics.fact_anomaly.product_key is 'Version of the product that held on the day.';
comment on column analytics.fact_anomaly.score is 'How odd, 0 to 1: average days are near 0.5. Only days above the model''s threshold are here.';
comment on column analytics.fact_anomaly.reason is 'The feature that made it odd most.';
comment on column analytics.fact_anomaly.reasons is 'The features that made it odd: [{feature, value, share}], the strongest first; share is its part of all that made it odd.';
comment on column analytics.fact_anomaly.sold_quantity is 'Units sold on the day.';
comment on column analytics.fact_anomaly.usual_quantity is 'Mean units over 28 days on which the store was open.';
comment on column analytics.fact_anomaly.model_version is 'Version of the model `anomalies`.';
comment on column analytics.fact_anomaly.updated_at is 'When this row was written; one value a load.';

create table analytics.fact_slow_mover (
  measured_on date not null,
  store_key bigint not null,
  product_key bigint not null,
  probability double precision not null check (probability between 0 and 1),
  horizon_days integer not null,
  days_since_sale integer not null,
  aging text not null,
  on_hand_quantity numeric(18, 6),
  unit_value numeric(18, 6),
  valued_at text check (valued_at in ('cost', 'price')),
  tied_up_amount numeric(24, 6),
  model_version integer not null,
  updated_at timestamptz not null default now()
) partition by range (measured_on);
create index fact_slow_mover_date_store on analytics.fact_slow_mover (measured_on, store_key);
comment on table analytics.fact_slow_mover is 'Products that will probably hardly sell in a store, and the money that their stock ties up. What sells has no row.';
comment on column analytics.fact_slow_mover.measured_on is 'The last day that was known; the load replaces it whole.';
comment on column analytics.fact_slow_mover.store_key is 'Version of the store that held on the day.';
comment on column analytics.fact_slow_mover.product_key is 'Version of the product that held on the day.';
comment on column analytics.fact_slow_mover.probability is 'Calibrated probability that it sells on fewer days of the horizon than a product of its class should: once a week (A), once a fortnight (B), once (C).';
comment on column analytics.fact_slow_mover.horizon_days is 'Days ahead that are looked at.';
comment on column analytics.fact_slow_mover.days_since_sale is 'Days since it last sold.';
comment on column analytics.fact_slow_mover.aging is 'The same as a bucket: 0-30, 31-60, 61-90, over 90.';
comment on column analytics.fact_slow_mover.on_hand_quantity is 'Units on hand when the day was over; null where no stock is told.';
comment on column analytics.fact_slow_mover.unit_value is 'What a unit is worth.';
comment on column analytics.fact_slow_mover.valued_at is 'cost: as the supply terms tell; price: as it was last paid for, because no cost is known.';
comment on column analytics.fact_slow_mover.tied_up_amount is 'Units on hand × unit_value; null where either is unknown.';
comment on column analytics.fact_slow_mover.model_version is 'Version of the model `slow_movers`.';
comment on column analytics.fact_slow_mover.updated_at is 'When this row was written; one value a load.';

create table analytics.fact_stock_target (
  measured_on date not null,
  store_key bigint not null,
  product_key bigint not null,
  service_level double precision not null,
  protection_days integer not null,
  daily_quantity numeric(18, 6) not null,
  demand_quantity numeric(18, 6) not null,
  target_quantity numeric(18, 6) not null,
  rule text not null check (rule in ('demand', 'presentation', 'shelf_life', 'capacity')),
  days_of_cover double precision,
  on_hand_quantity numeric(18, 6),
  on_hand_days_of_cover double precision,
  model_version integer not null,
  updated_at timestamptz not null default now()
) partition by range (measured_on);
create index fact_stock_target_date_store on analytics.fact_stock_target (measured_on, store_key);
comment on table analytics.fact_stock_target is 'How much of each product a store should have, what decided about it, and what it has.';
comment on column analytics.fact_stock_target.measured_on is 'The last day that was known; the load replaces it whole.';
comment on column analytics.fact_stock_target.store_key is 'Version of the store that held on the day.';
comment on column analytics.fact_stock_target.product_key is 'Version of the product that held on the day.';
comment on column analytics.fact_stock_target.service_level is 'Probability with which the demand of the interval should not be above the target: 0.98 (class A), 0.95 (B), 0.9 (C).';
comment on column analytics.fact_stock_target.protection_days is 'Days from a review until the goods of the next review''s order are there.';
comment on column analytics.fact_stock_target.daily_quantity is 'Mean units a day over the last 28 days.';
comment on column analytics.fact_stock_target.demand_quantity is 'The interval''s demand at the service level, before any rule.';
comment on column analytics.fact_stock_target.target_quantity is 'Units that the store should have.';
comment on column analytics.fact_stock_target.rule is 'What decided: the demand, the least stock that the shelf must show, how long the goods keep, or what the shelf holds.';
comment on column analytics.fact_stock_target.days_of_cover is 'Days that the target lasts; null where nothing sells.';
comment on column analytics.fact_stock_target.on_hand_quantity is 'Units on hand when the day was over; null where no stock is told.';
comment on column analytics.fact_stock_target.on_hand_days_of_cover is 'Days that these last; null where nothing sells or no stock is told.';
comment on column analytics.fact_stock_target.model_version is 'Version of the model `stock_targets`.';
comment on column analytics.fact_stock_target.updated_at is 'When this row was written; one value a load.';

create table analytics.fact_cross_sell (
  listed_on date not null,
  product_key bigint not null,
  place integer not null check (place > 0),
  other_product_key bigint not null,
  similarity double precision not null,
  baskets bigint not null,
  baskets_together bigint not null,
  lift double precision,
  model_version integer not null,
  updated_at timestamptz not null default now()
) partition by range (listed_on);
create index fact_cross_sell_date on analytics.fact_cross_sell (listed_on, product_key);
comment on table analytics.fact_cross_sell is 'For each product those that go into the same baskets, the nearest first.';
comment on column analytics.fact_cross_sell.listed_on is 'The last day that was known; the load replaces it whole.';
comment on column analytics.fact_cross_sell.product_key is 'Version of the product that held on the day.';
comment on column analytics.fact_cross_sell.place is 'Place in the product''s list; 1 is the nearest.';
comment on column analytics.fact_cross_sell.other_product_key is 'Version of the product that goes with it.';
comment on column analytics.fact_cross_sell.similarity is 'Cosine of the two products'' vectors, at most 1.';
comment on column analytics.fact_cross_sell.baskets is 'Baskets with the product among those that the model was trained on.';
comment on column analytics.fact_cross_sell.baskets_together is 'Baskets with both among them; 0: only like baskets suggest it.';
comment on column analytics.fact_cross_sell.lift is 'How many times as often both are bought together as by chance.';
comment on column analytics.fact_cross_sell.model_version is 'Version of the model `cross_sell`.';
comment on column analytics.fact_cross_sell.updated_at is 'When this row was written; one value a load.';

create view bi.fact_anomaly with (security_invoker = true) as
select
  anomaly_date, store_key, product_key, score::numeric(18, 6) as score, reason, reasons::text as reasons, sold_quantity, usual_quantity, model_version,
  updated_at at time zone 'UTC' as updated_at
from analytics.fact_anomaly;

create view bi.fact_slow_mover with (security_invoker = true) as
select
  measured_on, store_key, product_key, probability::numeric(18, 6) as probability, horizon_days, days_since_sale, aging, on_hand_quantity, unit_value,
  valued_at, tied_up_amount, model_version,
  updated_at at time zone 'UTC' as updated_at
from analytics.fact_slow_mover;

create view bi.fact_stock_target with (security_invoker = true) as
select
  measured_on, store_key, product_key, service_level::numeric(18, 6) as service_level, protection_days, daily_quantity, demand_quantity, target_quantity, rule,
  days_of_cover::numeric(18, 6) as days_of_cover, on_hand_quantity, on_hand_days_of_cover::numeric(18, 6) as on_hand_days_of_cover, model_version,
  updated_at at time zone 'UTC' as updated_at
from analytics.fact_stock_target;

create view bi.fact_cross_sell with (security_invoker = true) as
select
  listed_on, product_key, place, other_product_key, similarity::numeric(18, 6) as similarity, baskets, baskets_together, lift::numeric(18, 6) as lift, model_version,
  updated_at at time zone 'UTC' as updated_at
from analytics.fact_cross_sell;

-- The views say of their columns what the tables say.
do $$
declare
  described record;
begin
  for described in
    select class.relname, attribute.attname, description.description
    from pg_description as description
    join pg_class as class on class.oid = description.objoid
    left join pg_attribute as attribute on attribute.attrelid = class.oid and attribute.attnum = description.objsubid and description.objsubid > 0
    where class.relnamespace = 'analytics'::regnamespace
      and class.relname in ('fact_anomaly', 'fact_slow_mover', 'fact_stock_target', 'fact_cross_sell')
  loop
    if described.attname is null then
      execute format('comment on view bi.%I is %L', described.relname, described.description);
    else
      execute format('comment on column bi.%I.%I is %L', described.relname, described.attname, described.description);
    end if;
  end loop;
end;
$$;
comment on column bi.fact_anomaly.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
comment on column bi.fact_slow_mover.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
comment on column bi.fact_stock_target.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
comment on column bi.fact_cross_sell.updated_at is 'When the row was last written, UTC: the column to detect changes by.';

do $$
declare
  target text;
begin
  foreach target in array array['analytics.fact_anomaly', 'analytics.fact_slow_mover', 'analytics.fact_stock_target'] loop
    execute format(
      'create policy own_stores on %s for select to bi_reader using (store_key = any (array(select analytics.visible_store_keys())))',
      target
    );
  end loop;
  -- Lists belong to no store.
  create policy anybody_with_a_scope on analytics.fact_cross_sell for select to bi_reader using ((select ref.has_scope()));
  foreach target in array array[
    'analytics.fact_anomaly', 'analytics.fact_slow_mover', 'analytics.fact_stock_target', 'analytics.fact_cross_sell'
  ] loop
    execute format('alter table %s enable row level security', target);
    execute format('create policy application on %s to shelfline_app using (true) with check (true)', target);
    execute format('grant select on %s to bi_reader', target);
  end loop;
end;
$$;
