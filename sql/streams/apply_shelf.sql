-- Applies a batch of shelf events or of sale lines to shelves, baskets and the shelves' lots, and returns what changed.
-- $1: their topic, shelf_events or pos_transactions; $2 to $11: columns of validated events, a line an event; of sales the
-- last four are null.
-- Of two copies in one batch the first counts. Every insert is ordered by its key and the tables are always written in the
-- same order (events, baskets, shelves, lots), so that two workers can't deadlock.
with event as materialized (
  select distinct on (event_date, event_key)
    left(event_at, 10)::date as event_date,
    state.event_key('shelf_state/' || $1, event_id) as event_key,
    event_at::timestamptz as event_at,
    store_id collate "C" as store_id,
    product_id collate "C" as product_id,
    coalesce(customer_id, '') collate "C" as customer_id,
    quantity::numeric as quantity,
    coalesce(event_type, 'sale') as event_type,
    weight::numeric as weight,
    coalesce(batch_id, '') collate "C" as batch_id,
    expires_on::date as expires_on
  from unnest(
    string_to_array($2, e'\n', ''), string_to_array($3, e'\n', ''), string_to_array($4, e'\n', ''),
    string_to_array($5, e'\n', ''), string_to_array($6, e'\n', ''), string_to_array($7, e'\n', ''),
    string_to_array($8, e'\n', ''), string_to_array($9, e'\n', ''), string_to_array($10, e'\n', ''),
    string_to_array($11, e'\n', '')
  ) with ordinality as line (
    event_id, event_at, store_id, product_id, customer_id, quantity, event_type, weight, batch_id, expires_on, ordinality
  )
  order by event_date, event_key, ordinality
),
remembered as (
  insert into state.event_ids (event_date, event_key)
  select event_date, event_key from event order by event_date, event_key
  on conflict do nothing
  returning event_date, event_key
),
-- A return brings money back, and goods to a counter: nothing to a shelf.
news as materialized (
  select event.* from event join remembered using (event_date, event_key)
  where not (event_type = 'sale' and quantity <= 0)
),
basket as (
  insert into state.basket as basket
    (visit_date, store_id, product_id, customer_id, picked, sold, last_pick_at, last_event_at)
  select
    event_date, store_id, product_id, customer_id,
    coalesce(sum(case event_type when 'pickup' then quantity else -quantity end) filter (where event_type <> 'sale'), 0),
    coalesce(sum(quantity) filter (where event_type = 'sale'), 0),
    max(event_at) filter (where event_type = 'pickup'),
    max(event_at)
  from news
  where event_type in ('pickup', 'putback', 'sale')
  group by event_date, store_id, product_id, customer_id
  order by event_date, store_id, product_id, customer_id
  on conflict (visit_date, store_id, product_id, customer_id) do update set
    picked = basket.picked + excluded.picked,
    sold = basket.sold + excluded.sold,
    last_pick_at = greatest(basket.last_pick_at, excluded.last_pick_at),
    last_event_at = greatest(basket.last_event_at, excluded.last_event_at),
    taken_at = case when excluded.last_pick_at > basket.last_pick_at then null else basket.taken_at end,
    lost = 0,
    lost_at = null
  returning store_id, product_id, new.unpicked - coalesce(old.unpicked, 0) as unpicked
),
-- Two lists in one, and no join: of a batch whose size the planner does not know it would compare all with all.
change as (
  select store_id, product_id, event_type, quantity, event_at, weight, 0 as unpicked from news
  union all
  select store_id, product_id, null, null, null, null, unpicked from basket
),
movement as (
  select
    store_id, product_id,
    coalesce(sum(quantity) filter (where event_type = 'refill'), 0) as refilled,
    coalesce(sum(quantity) filter (where event_type = 'removal'), 0) as removed,
    coalesce(sum(quantity) filter (where event_type = 'count'), 0) as corrected,
    coalesce(sum(quantity) filter (where event_type = 'pickup'), 0)
      - coalesce(sum(quantity) filter (where event_type = 'putback'), 0) as picked,
    sum(unpicked) as unpicked_sales,
    (array_agg(weight order by event_at desc, weight desc) filter (where weight is not null))[1] as last_weight,
    max(event_at) filter (where weight is not null) as last_weight_at,
    max(event_at) filter (where event_type = 'refill') as last_refill_at,
    max(event_at) filter (where event_type = 'pickup') as last_pick_at,
    max(event_at) filter (where event_type = 'sale') as last_sale_at
  from change
  group by store_id, product_id
),
shelf as (
  insert into state.shelf as shelf (
    store_id, product_id, refilled, removed, corrected, picked, unpicked_sales,
    last_weight, last_weight_at, last_refill_at, last_pick_at, last_sale_at
  )
  select
    store_id, product_id, refilled, removed, corrected, picked, unpicked_sales,
    last_weight, last_weight_at, last_refill_at, last_pick_at, last_sale_at
  from movement
  order by store_id, product_id
  on conflict (store_id, product_id) do update set
    refilled = shelf.refilled + excluded.refilled,
    removed = shelf.removed + excluded.removed,
    corrected = shelf.corrected + excluded.corrected,
    picked = shelf.picked + excluded.picked,
    unpicked_sales = shelf.unpicked_sales + excluded.unpicked_sales,
    -- Of two weights at one instant the greater counts, whichever came first.
    last_weight = case
      when excluded.last_weight_at is null then shelf.last_weight
      when shelf.last_weight_at is null
        or (excluded.last_weight_at, excluded.last_weight) > (shelf.last_weight_at, shelf.last_weight)
        then excluded.last_weight
      else shelf.last_weight
    end,
    last_weight_at = greatest(shelf.last_weight_at, excluded.last_weight_at),
    last_refill_at = greatest(shelf.last_refill_at, excluded.last_refill_at),
    last_pick_at = greatest(shelf.last_pick_at, excluded.last_pick_at),
    last_sale_at = greatest(shelf.last_sale_at, excluded.last_sale_at),
    updated_at = excluded.updated_at
  returning *
),
lot as (
  insert into state.shelf_lot as lot
    (store_id, product_id, batch_id, refilled, removed, expires_on, received_on, last_event_on)
  select
    store_id, product_id, batch_id,
    coalesce(sum(quantity) filter (where event_type = 'refill'), 0),
    coalesce(sum(quantity) filter (where event_type = 'removal'), 0),
    min(expires_on), min(event_date) filter (where event_type = 'refill'), max(event_date)
  from news
  -- The count is there for the order: lots are written after shelves.
  where event_type in ('refill', 'removal') and (select count(*) from shelf) > 0
  group by store_id, product_id, batch_id
  order by store_id, product_id, batch_id
  on conflict (store_id, product_id, batch_id) do update set
    refilled = lot.refilled + excluded.refilled,
    removed = lot.removed + excluded.removed,
    expires_on = least(lot.expires_on, excluded.expires_on),
    received_on = least(lot.received_on, excluded.received_on),
    last_event_on = greatest(lot.last_event_on, excluded.last_event_on),
    updated_at = excluded.updated_at
  returning *
),
-- As rows, because jsonb_build_object finds out again for every row how each value is written; and the time is asked for once.
told as (
  insert into ops.outbox (topic, key, payload, emitted_at)
  select 'shelf_state', store_id || '/' || product_id, row_to_json(record), (select ops.now())
  from (
    select
      store_id, product_id, trim_scale(available)::text as available, trim_scale(refilled)::text as refilled,
      trim_scale(removed)::text as removed, trim_scale(corrected)::text as corrected, trim_scale(picked)::text as picked,
      trim_scale(unpicked_sales)::text as unpicked_sales, trim_scale(last_weight)::text as last_weight, last_weight_at,
      last_refill_at, last_pick_at, last_sale_at
    from shelf
  ) as record
  union all
  select 'shelf_batch_state', concat_ws('/', store_id, product_id, batch_id), row_to_json(record), (select ops.now())
  from (
    select
      store_id, product_id, batch_id, trim_scale(refilled)::text as refilled, trim_scale(removed)::text as removed,
      expires_on, received_on
    from lot
  ) as record
)
select count(*) as new from remembered
