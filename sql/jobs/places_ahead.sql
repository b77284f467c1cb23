-- Not a job: the places that jobs and rules skip while a simulated time is earlier than their events.
create or replace function ops.places_ahead() returns setof text
language sql stable as $$
  select unnest(places_ahead) from ops.clock
$$;
comment on function ops.places_ahead is
  'Stores and warehouses with events later than the start of the simulated clock; none with the real clock.';
