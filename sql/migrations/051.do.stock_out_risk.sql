-- What the shelves' state means for customers: whether a product can be bought, and whether it will last. Both are derived,
-- by activities, from the state that the streams keep; they may be deleted at any time and are made anew.

create table state.demand_profile (
  store_id text collate "C" not null,
  product_id text collate "C" not null,
  profile_date date not null,
  category text not null,
  days integer not null,
  units_per_day double precision not null,
  inverse_size double precision not null,
  unit_price numeric(18, 2),
  sales_an_hour real[] not null,
  depletion_factor real not null,
  restock_factor real not null,
  primary key (store_id, product_id)
) with (fillfactor = 80);
comment on table state.demand_profile is
  'The usual demand of each product in each store: learnt once per store and day from the hourly windows of the days before it.';
comment on column state.demand_profile.profile_date is 'The store''s day before which was learnt.';
comment on column state.demand_profile.category is 'Whose pattern of the week holds; empty for a product without a category.';
comment on column state.demand_profile.days is 'Days on which the store sold anything.';
comment on column state.demand_profile.units_per_day is 'Units on a usual day, moved to the mean of store and category as far as the history is thin.';
comment on column state.demand_profile.inverse_size is 'How much days differ: variance = mean + inverse_size × mean².';
comment on column state.demand_profile.unit_price is 'Money paid per unit; null when nobody paid any.';
comment on column state.demand_profile.sales_an_hour is 'By hour of the store''s day, 24: how often somebody buys at usual foot traffic while it is there.';
comment on column state.demand_profile.depletion_factor is 'How much more often than the store''s other products it runs out.';
comment on column state.demand_profile.restock_factor is 'How much faster than the store''s other products it is back.';

create table state.demand_pattern (
  store_id text collate "C" not null,
  category text not null,
  running_days double precision[] not null check (cardinality(running_days) = 169),
  primary key (store_id, category)
);
comment on table state.demand_pattern is 'When in the week a category sells in a store.';
comment on column state.demand_pattern.running_days is 'Running sum of a usual week''s demand from Monday 00:00 on, in days'' worth: 169 values, 0 to 7.';

create table state.availability_model (
  store_id text collate "C" primary key,
  profile_date date not null,
  model jsonb not null,
  usual_visitors real[] not null,
  evaluated_hour timestamptz
);
comment on table state.availability_model is 'How goods run out and come back in a store, and how far its availability was evaluated.';
comment on column state.availability_model.profile_date is 'The store''s day before which was learnt.';
comment on column state.availability_model.model is 'What models/live-state/availability.ts needs.';
comment on column state.availability_model.usual_visitors is 'Visitors by hour of the day, 24; transactions where nobody counts visitors.';
comment on column state.availability_model.evaluated_hour is 'The last hour that was evaluated for every product of the store.';

create table state.availability (
  store_id text collate "C" not null,
  product_id text collate "C" not null,
  hour timestamptz not null,
  p_available double precision not null check (p_available between 0 and 1),
  recent_sales double precision not null,
  recent_expected double precision not null,
  was_counted_empty boolean,
  silent_hours integer not null,
  silent_expected double precision not null,
  evidence jsonb not null,
  primary key (store_id, product_id)
) with (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.05);
comment on table state.availability is 'Whether each product can be bought, as of the last hour whose window is closed.';
comment on column state.availability.hour is 'Where that hour begins.';
comment on column state.availability.p_available is 'Probability that it could be bought at the end of the hour.';
comment on column state.availability.recent_sales is 'Recent sales while available; what is longer ago counts less.';
comment on column state.availability.recent_expected is 'How many were expected meanwhile.';
comment on column state.availability.was_counted_empty is 'Whether the shelf count said that nothing is there.';
comment on column state.availability.silent_hours is 'Hours since the last one with a sale.';
comment on column state.availability.silent_expected is 'Sales that were to be expected in them.';
comment on column state.availability.evidence is 'For people: silent_hours, silent_expected, traffic (over the usual), available (the shelf count), is_sold.';

create table state.availability_hour (
  hour timestamptz not null,
  store_id text collate "C" not null,
  product_id text collate "C" not null,
  p_available real not null,
  primary key (hour, store_id, product_id)
);
comment on table state.availability_hour is
  'Hours in which a product was more likely missing than not: their sales are censored demand. Hours that are not here were fine. Kept for eight days.';

create table state.stock_out_risk (
  store_id text collate "C" not null,
  product_id text collate "C" not null,
  probability double precision not null check (probability between 0 and 1),
  hours_of_cover real not null,
  expected_lost_units double precision not null,
  money_at_risk numeric(18, 2),
  horizon_until timestamptz not null,
  evaluated_at timestamptz not null,
  shelf_updated_at timestamptz not null,
  primary key (store_id, product_id)
) with (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.05);
comment on table state.stock_out_risk is 'Whether each shelf lasts until it can be filled again.';
comment on column state.stock_out_risk.probability is 'That demand until the next possible delivery exceeds what can be bought.';
comment on column state.stock_out_risk.hours_of_cover is 'Hours after which, as likely as not, it is empty; 672 for four weeks and more.';
comment on column state.stock_out_risk.expected_lost_units is 'Units that customers will want until then and not find, on average.';
comment on column state.stock_out_risk.money_at_risk is 'Their price; null where no price is known.';
comment on column state.stock_out_risk.horizon_until is 'The next possible delivery.';
comment on column state.stock_out_risk.evaluated_at is 'As of when, by the business clock.';
comment on column state.stock_out_risk.shelf_updated_at is 'The state of the shelf that it rests on; when that moves on, it is evaluated again.';
