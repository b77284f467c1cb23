-- How the errors of a forecast go together: what a plan needs to add days and stores up.

create table ops.forecast_dependence (
  measured_on date primary key,
  forecast_date date not null,
  errors bigint not null check (errors > 0),
  squares numeric not null,
  day_pairs bigint not null,
  day_products numeric not null,
  store_pairs bigint not null,
  store_products numeric not null,
  updated_at timestamptz not null default now()
);
comment on table ops.forecast_dependence is
  'How the errors of a week''s forecasts went together, each over its own standard deviation; replenishment learns from the last quarter. The mean of the products of two errors over the mean of the squares is their correlation.';
comment on column ops.forecast_dependence.measured_on is 'The last day of the week that was forecast; the load replaces it whole.';
comment on column ops.forecast_dependence.forecast_date is 'The last day that the forecasts knew.';
comment on column ops.forecast_dependence.errors is 'Forecasts of a product in a store for a day, of those that had quantiles.';
comment on column ops.forecast_dependence.squares is 'Sum of the squares of their errors.';
comment on column ops.forecast_dependence.day_pairs is 'Ordered pairs of two days of one product in one store.';
comment on column ops.forecast_dependence.day_products is 'Sum of the products of the errors of those.';
comment on column ops.forecast_dependence.store_pairs is 'Ordered pairs of two stores with one product on one day.';
comment on column ops.forecast_dependence.store_products is 'Sum of the products of the errors of those.';
comment on column ops.forecast_dependence.updated_at is 'When the row was written.';
