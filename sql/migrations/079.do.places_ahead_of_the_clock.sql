-- What a simulated clock that goes back leaves alone.
alter table ops.clock add column places_ahead text[] not null default '{}';
comment on column ops.clock.places_ahead is
  'Stores, and the warehouses that fill them, whose events reach beyond the time at which the run began: what holds there at the run''s time nobody knows, so no alert is made of them and no price is changed.';
