-- A pickup that is held longer than the policy's hold_seconds counts as taken.
-- Reads: state.basket, ref.shelf_policy. Writes: state.basket.taken_at. Sends: nothing.
-- Rules: the time is the last pickup plus the hold, whenever the job runs. A basket that a processor is writing to is
-- skipped until the next minute, so that the job never blocks a processor.
create or replace function ops.settle_holds(as_of timestamptz, limit_rows integer) returns bigint
language plpgsql as $$
declare
  changed bigint;
begin
  perform ops.lock_job('settle_holds');
  with due as materialized (
    select basket.visit_date, basket.store_id, basket.product_id, basket.customer_id,
      basket.last_pick_at + make_interval(secs => coalesce(policy.hold_seconds, policy_default.hold_seconds)) as taken_at
    from state.basket
    cross join ref.policy_default
    left join ref.shelf_policy as policy on policy.store_id = basket.store_id and policy.product_id = basket.product_id
    where basket.taken_at is null
      and basket.picked > basket.sold
      and basket.last_pick_at + make_interval(secs => coalesce(policy.hold_seconds, policy_default.hold_seconds)) <= as_of
    limit limit_rows
  ),
  free as materialized (
    select basket.visit_date, basket.store_id, basket.product_id, basket.customer_id, due.taken_at
    from state.basket
    join due using (visit_date, store_id, product_id, customer_id)
    where basket.picked > basket.sold and basket.taken_at is null
    for update of basket skip locked
  )
  update state.basket
  set taken_at = free.taken_at
  from free
  where basket.visit_date = free.visit_date and basket.store_id = free.store_id
    and basket.product_id = free.product_id and basket.customer_id = free.customer_id;
  get diagnostics changed = row_count;
  return changed;
end
$$;
comment on function ops.settle_holds is 'A pickup that is held longer than the policy''s hold_seconds counts as taken.';
