-- Errors of slow and fast sellers go together differently: each speed has rows of its own.
alter table ops.forecast_dependence add column speed text not null default 'all';
alter table ops.forecast_dependence add constraint forecast_dependence_speed_check check (speed in ('slow', 'medium', 'fast', 'all'));
alter table ops.forecast_dependence drop constraint forecast_dependence_pkey;
alter table ops.forecast_dependence add constraint forecast_dependence_pkey primary key (measured_on, speed);
comment on column ops.forecast_dependence.speed is
  'How fast the products sell in their stores, by the units a day that were forecast; all: measured before speeds were told apart.';
