-- Not a job: what jobs and rules leave alone while a simulation runs whose time lies before what was read.
create or replace function ops.places_ahead() returns setof text
language sql stable as $$
  select unnest(places_ahead) from ops.clock
$$;
comment on function ops.places_ahead is
  'Stores and warehouses whose events reach beyond the time at which the simulated clock began; none when the real clock holds.';
