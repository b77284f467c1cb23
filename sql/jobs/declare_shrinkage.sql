-- Goods that were taken and not paid by the end of the visit count as lost; a late sale reverses that.
-- Reads: state.basket, ref.shelf_policy, ref.stores. Writes: state.basket.lost, lost_at. Sends: nothing (the alert
-- does).
-- Rules: a known customer's visit ends visit_seconds after the last event of the basket. Units of unknown customers are
-- lost visit_seconds after the end of the store's day. A later event of a basket (from a till that was offline) clears
-- the decision, and it is made again. A basket that a processor is writing to is skipped until the next minute.
create or replace function ops.declare_shrinkage(as_of timestamptz, limit_rows integer) returns bigint
language plpgsql as $$
declare
  changed bigint;
begin
  perform ops.lock_job('declare_shrinkage');
  with over as materialized (
    select basket.visit_date, basket.store_id, basket.product_id, basket.customer_id
    from state.basket
    cross join ref.policy_default
    left join ref.shelf_policy as policy on policy.store_id = basket.store_id and policy.product_id = basket.product_id
    left join ref.stores on stores.store_id = basket.store_id
    where basket.picked > basket.sold
      and basket.lost_at is null
      and greatest(
        basket.last_event_at,
        case when basket.customer_id = ''
          then (basket.visit_date + 1)::timestamp at time zone coalesce(stores.time_zone, 'UTC')
        end
      ) + make_interval(secs => coalesce(policy.visit_seconds, policy_default.visit_seconds)) <= as_of
    limit limit_rows
  ),
  free as materialized (
    select basket.visit_date, basket.store_id, basket.product_id, basket.customer_id
    from state.basket
    join over using (visit_date, store_id, product_id, customer_id)
    where basket.picked > basket.sold and basket.lost_at is null
    for update of basket skip locked
  )
  update state.basket
  set lost = basket.picked - basket.sold, lost_at = as_of
  from free
  where basket.visit_date = free.visit_date and basket.store_id = free.store_id
    and basket.product_id = free.product_id and basket.customer_id = free.customer_id;
  get diagnostics changed = row_count;
  return changed;
end
$$;
comment on function ops.declare_shrinkage is 'Goods that were taken and not paid by the end of the visit count as lost; a late sale reverses that.';
