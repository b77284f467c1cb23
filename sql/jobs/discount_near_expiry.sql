-- Marks down lots near their expiry, and restores the price when the lot is gone.
-- Reads: state.shelf_lot_live, ref.shelf_policy, ops.markdown_plan, ops.list_price. Writes: ops.discount, ops.markdown.
-- Sends: `daily_discounts` per lot and day, `price_changes` per store and product: markdown, and at its end the price
-- that holds without it.
-- Rules: "near" is the policy's near_expiry_days in the store's calendar. The percentage is the day's plan; where the
-- policy's method is fixed, or from 8:00 on no plan was made, it is the policy's; until then the one of the day before
-- holds. A shelf has one price label, so the lot with the highest discount sets it; a promotion that is lower stays. A
-- product without a known price gets a discount in per cent and no price. Places ahead of a simulated clock are skipped.
create or replace function ops.discount_near_expiry(as_of timestamptz, limit_rows integer) returns bigint
language plpgsql as $$
declare
  changed bigint;
  total bigint;
begin
  perform ops.lock_job('discount_near_expiry');
  with near as materialized (
    select lot.store_id, lot.product_id, lot.batch_id, lot.expires_on, lot.on_hand, rule.percent, local.today
    from ops.expiring_lots((as_of at time zone 'UTC')::date + (select ops.near_expiry_days_max()) + 1) as lot
    join ref.shelf_policy as policy using (store_id, product_id)
    left join ref.stores using (store_id)
    cross join lateral (select as_of at time zone coalesce(stores.time_zone, 'UTC') as local_now) as clock
    cross join lateral (select local_now::date as today) as local
    left join ops.markdown_plan as plan
      on plan.store_id = lot.store_id and plan.product_id = lot.product_id and plan.plan_date = local.today
        and policy.markdown_method = 'planned'
    left join ops.markdown as held on held.store_id = lot.store_id and held.product_id = lot.product_id
    cross join lateral (
      select case
        when plan.percent is not null then plan.percent
        when policy.markdown_method = 'fixed' or local_now::time >= '08:00' then policy.markdown_percent
        else held.percent
      end as percent
    ) as rule
    where lot.expires_on between local.today and local.today + policy.near_expiry_days
      and rule.percent > 0
      and lot.store_id not in (select ops.places_ahead())
  ),
  ended as (
    update ops.discount
    set ended_at = as_of
    where ended_at is null
      and store_id not in (select ops.places_ahead())
      and not exists (
        select from near
        where near.store_id = discount.store_id and near.product_id = discount.product_id
          and near.batch_id = discount.batch_id and near.today = discount.discount_date
      )
    returning *
  ),
  started as (
    insert into ops.discount (store_id, product_id, batch_id, discount_date, expires_on, percent, on_hand, started_at)
    select store_id, product_id, batch_id, today, expires_on, percent, on_hand, as_of
    from near
    where not exists (
      select from ops.discount
      where discount.store_id = near.store_id and discount.product_id = near.product_id
        and discount.batch_id = near.batch_id and discount.discount_date = near.today and ended_at is null
        and discount.percent = near.percent
    )
    order by store_id, product_id, batch_id
    limit limit_rows
    -- More units of the lot appeared on the same day, or a new plan was made.
    on conflict (store_id, product_id, batch_id, discount_date) do update set ended_at = null, percent = excluded.percent
    returning *
  ),
  published as materialized (
    select ops.emit(
      'daily_discounts',
      store_id || '/' || product_id || '/' || batch_id,
      jsonb_build_object(
        'store_id', store_id,
        'product_id', product_id,
        'batch_id', batch_id,
        'discount_date', discount_date,
        'expires_on', expires_on,
        'percent', ops.decimal_text(percent),
        'started_at', started_at,
        'ended_at', ended_at
      )
    )
    -- A discount that ends and starts again with the new day is sent in this order: the newest record of a lot counts.
    from (
      select * from ended union all select * from started order by discount_date, store_id, product_id, batch_id
    ) as news
  )
  select count(*) into total from published;

  with wanted as materialized (
    select store_id, product_id, max(percent) as percent
    from ops.discount where ended_at is null
    group by store_id, product_id
  ),
  back as (
    delete from ops.markdown
    where not exists (
      select from wanted where wanted.store_id = markdown.store_id and wanted.product_id = markdown.product_id
    )
    returning store_id, product_id, price as old_price, regular_price
  ),
  restored as (
    select store_id, product_id, old_price, coalesce(without.price, regular_price) as new_price,
      coalesce(without.reason, 'regular') as reason, without.promotion_id
    from back
    left join lateral ops.price_without_markdown(store_id, product_id, as_of) as without on true
  ),
  down as (
    insert into ops.markdown as markdown (store_id, product_id, regular_price, price, percent, changed_at)
    select store_id, product_id, list.price, round(list.price * (1 - wanted.percent / 100), 2), wanted.percent, as_of
    from wanted
    cross join lateral (select ops.list_price(wanted.store_id, wanted.product_id, as_of) as price) as list
    left join lateral ops.price_without_markdown(wanted.store_id, wanted.product_id, as_of) as without on true
    where list.price > 0 and round(list.price * (1 - wanted.percent / 100), 2) < coalesce(without.price, list.price)
      and not exists (
        select from ops.markdown as known
        where known.store_id = wanted.store_id and known.product_id = wanted.product_id and known.percent = wanted.percent
      )
    order by store_id, product_id
    limit limit_rows
    on conflict (store_id, product_id) do update set
      price = round(markdown.regular_price * (1 - excluded.percent / 100), 2),
      percent = excluded.percent, changed_at = excluded.changed_at
    returning store_id, product_id, coalesce(old.price, new.regular_price) as old_price, new.price as new_price,
      'markdown' as reason, null as promotion_id
  ),
  published as materialized (
    select ops.emit(
      'price_changes',
      store_id,
      ops.envelope(
        ops.decision_id('price', store_id, product_id, reason, extract(epoch from as_of)::text), store_id, as_of, 1
      ) || jsonb_build_object(
        'product_id', product_id,
        'old_price', ops.decimal_text(old_price),
        'new_price', ops.decimal_text(new_price),
        'reason', reason,
        'promotion_id', promotion_id
      )
    )
    from (select * from restored union all select * from down order by store_id, product_id) as news
  )
  select count(*) into changed from published;
  return total + changed;
end
$$;
comment on function ops.discount_near_expiry is 'Marks down lots near their expiry, and restores the price when the lot is gone.';
