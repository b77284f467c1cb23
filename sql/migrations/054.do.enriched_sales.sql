-- Sale lines beside the price and the stock of their moment, and the life of online orders.
-- What a line is joined to is looked up when it is read: a price that arrives after the sale needs no second pass, and
-- the order in which events arrive can't matter (docs/decisions/0051).

create table state.sale_line (
  sale_date date not null,
  event_key uuid not null,
  store_id text collate "C" not null,
  product_id text collate "C" not null,
  sold_at timestamptz not null,
  transaction_id text not null,
  line_no integer not null,
  quantity numeric not null,
  unit_price numeric not null,
  discount numeric not null,
  net_amount numeric not null,
  customer_id text,
  is_promoted boolean,
  primary key (sale_date, event_key)
) partition by range (sale_date);
create index sale_line_product on state.sale_line (store_id, product_id, sold_at);
comment on table state.sale_line is 'Sale lines of the last days as the tills sent them; read through state.enriched_sale.';
comment on column state.sale_line.sale_date is 'The store''s day.';
comment on column state.sale_line.event_key is 'Hash of the event''s id: a second copy is a duplicate.';
comment on column state.sale_line.unit_price is 'List price of a unit as the till has it.';
comment on column state.sale_line.discount is 'Money taken off the line.';
comment on column state.sale_line.net_amount is 'Money paid for the line, by the till or else quantity × unit_price − discount.';

create table state.stock_movement (
  moved_on date not null,
  event_key uuid not null,
  store_id text collate "C" not null,
  product_id text collate "C" not null,
  moved_at timestamptz not null,
  quantity numeric not null,
  primary key (moved_on, event_key)
) partition by range (moved_on);
create index stock_movement_product on state.stock_movement (store_id, product_id, moved_at);
comment on table state.stock_movement is 'What changed the stock other than by sale, of the last days: from it the stock of a moment is counted back.';
comment on column state.stock_movement.moved_on is 'The store''s day.';
comment on column state.stock_movement.quantity is 'Units that came, or went if negative.';

create table state.price (
  store_id text collate "C" not null,
  product_id text collate "C" not null,
  valid_from timestamptz not null,
  event_id text collate "C" not null,
  price numeric not null,
  reason text not null,
  promotion_id text,
  primary key (store_id, product_id, valid_from, event_id)
);
comment on table state.price is 'The prices of each product in each store, from when on they hold; of two that begin at once the one with the greater event id.';
comment on column state.price.reason is 'regular, promotion, markdown or correction.';

create view state.enriched_sale as
select
  line.store_id,
  line.product_id,
  line.sold_at,
  line.sale_date,
  line.transaction_id,
  line.line_no,
  line.customer_id,
  line.quantity,
  line.unit_price,
  line.discount,
  line.net_amount,
  line.is_promoted,
  price.price,
  price.reason as price_reason,
  price.promotion_id,
  price.valid_from as price_valid_from,
  list.price as list_price,
  list.price - price.price as price_reduction,
  line.unit_price - list.price as list_price_deviation,
  case when line.quantity > 0 then
    line.net_amount > round(line.quantity * price.price, 2)
    or (line.unit_price <> price.price and line.unit_price is distinct from list.price)
  end as is_price_mismatch,
  (
    select stock.on_hand
      + (
        select coalesce(sum(later.quantity), 0) from state.sale_line as later
        where later.store_id = line.store_id and later.product_id = line.product_id
          and later.sold_at >= line.sold_at and (later.sold_at, later.event_key) >= (line.sold_at, line.event_key)
      )
      - (
        select coalesce(sum(later.quantity), 0) from state.stock_movement as later
        where later.store_id = line.store_id and later.product_id = line.product_id and later.moved_at > line.sold_at
      )
    from state.stock
    where stock.store_id = line.store_id and stock.product_id = line.product_id
  ) as stock_before,
  cost.unit_cost,
  line.net_amount - line.quantity * cost.unit_cost as margin
from state.sale_line as line
left join lateral (
  select price, reason, promotion_id, valid_from from state.price
  where price.store_id = line.store_id and price.product_id = line.product_id and valid_from <= line.sold_at
  order by valid_from desc, event_id desc limit 1
) as price on true
left join lateral (
  select price from state.price
  where price.store_id = line.store_id and price.product_id = line.product_id and valid_from <= line.sold_at
    and reason in ('regular', 'correction')
  order by valid_from desc, event_id desc limit 1
) as list on true
left join lateral (
  select purchase.unit_cost
  from analytics.fact_purchase_order as purchase
  join analytics.dim_product using (product_key)
  where dim_product.product_id = line.product_id and purchase.order_date <= line.sale_date
    and purchase.unit_cost is not null
  order by order_date desc, purchase_order_id desc, purchase.line_no limit 1
) as cost on true;
comment on view state.enriched_sale is 'Each sale line of the last days with the price, the stock and the cost as of its moment.';
comment on column state.enriched_sale.price is 'The price in force when it was sold; null where none is known.';
comment on column state.enriched_sale.price_reason is 'Why that price was set.';
comment on column state.enriched_sale.promotion_id is 'The promotion that the price belongs to.';
comment on column state.enriched_sale.price_valid_from is 'Since when it held.';
comment on column state.enriched_sale.list_price is 'The regular price at that moment, before promotions and markdowns.';
comment on column state.enriched_sale.price_reduction is 'The discount in force: list_price − price.';
comment on column state.enriched_sale.list_price_deviation is 'unit_price − list_price: how far the till is off.';
comment on column state.enriched_sale.is_price_mismatch is
  'The customer paid more than the price in force, or the till rang up a price that is neither that nor the list price. Null for returns and where no price is known.';
comment on column state.enriched_sale.stock_before is
  'What was on hand in the store right before the sale: counted back from what is on hand now. Null for a product without stock.';
comment on column state.enriched_sale.unit_cost is 'Agreed price of a unit in the newest purchase order until then; null where none is known.';
comment on column state.enriched_sale.margin is 'net_amount − quantity × unit_cost; null where the cost is not known.';

create table state.online_order (
  store_id text collate "C" not null,
  order_id text collate "C" not null,
  customer_id text collate "C" not null,
  created_at timestamptz,
  paid_at timestamptz,
  packed_at timestamptz,
  shipped_at timestamptz,
  delivered_at timestamptz,
  cancelled_at timestamptz,
  promised_at timestamptz,
  promise_told_at timestamptz,
  last_event_at timestamptz not null,
  updated_at timestamptz not null default now(),
  primary key (store_id, order_id)
) with (fillfactor = 70);
create index online_orders_by_age on state.online_order (last_event_at);
create index online_orders_promised on state.online_order (promised_at) where delivered_at is null and cancelled_at is null;
comment on table state.online_order is 'When each online order was first said to have reached each step of its life.';
comment on column state.online_order.promised_at is 'When it is to be with the customer: the latest promise that was told.';
comment on column state.online_order.promise_told_at is 'When that was told.';
comment on column state.online_order.last_event_at is 'The newest event about it.';

create view state.online_order_live as
select
  store_id,
  order_id,
  customer_id,
  case
    when delivered_at is not null then 'delivered'
    when cancelled_at is not null then 'cancelled'
    when shipped_at is not null then 'shipped'
    when packed_at is not null then 'packed'
    when paid_at is not null then 'paid'
    else 'created'
  end as status,
  created_at,
  paid_at,
  packed_at,
  shipped_at,
  delivered_at,
  cancelled_at,
  promised_at,
  delivered_at is null and cancelled_at is null and coalesce(promised_at < as_of, false) as is_overdue,
  case when promised_at is not null and (cancelled_at is null or delivered_at is not null) then
    greatest(coalesce(delivered_at, as_of) - promised_at, interval '0')
  end as overdue_for,
  updated_at
from state.online_order
cross join (select ops.now() as as_of) as clock;
comment on view state.online_order_live is 'Online orders as they are now.';
comment on column state.online_order_live.status is
  'The furthest step that was told, whether or not the steps before it were; an order that is cancelled after delivery stays delivered.';
comment on column state.online_order_live.is_overdue is 'Promised for a time that has passed, and neither delivered nor cancelled.';
comment on column state.online_order_live.overdue_for is 'How long after the promise it was delivered, or has been awaited until now; null where nothing was promised or it was cancelled.';

create function state.forget_prices(before date, rows_max integer) returns bigint
language plpgsql as $$
declare
  forgotten bigint;
begin
  if before <= (select forgotten_before from state.retention where table_name = 'price') then
    return 0;
  end if;
  -- The price in force stays, however old, and so does the list price beside a promotion.
  delete from state.price where ctid = any (array(
    select old.ctid from state.price as old
    where old.valid_from < before and exists (
      select from state.price as newer
      where newer.store_id = old.store_id and newer.product_id = old.product_id and newer.valid_from < before
        and (newer.valid_from, newer.event_id) > (old.valid_from, old.event_id)
        and (newer.reason in ('regular', 'correction') or old.reason not in ('regular', 'correction'))
    )
    limit rows_max
  ));
  get diagnostics forgotten = row_count;
  if forgotten < rows_max then
    insert into state.retention values ('price', before)
    on conflict (table_name) do update set forgotten_before = excluded.forgotten_before;
  end if;
  return forgotten;
end;
$$;
comment on function state.forget_prices is 'Deletes prices that no line from the given day on can meet, so many at most, and returns how many.';

create function state.forget_orders(before timestamptz, rows_max integer) returns bigint
language plpgsql as $$
declare
  forgotten bigint;
begin
  delete from state.online_order where ctid = any (array(
    select ctid from state.online_order where last_event_at < before order by last_event_at limit rows_max
  ));
  get diagnostics forgotten = row_count;
  return forgotten;
end;
$$;
comment on function state.forget_orders is 'Deletes orders that nothing was heard of since the given time, so many at most, and returns how many.';

drop function ops.prune_windows(timestamptz, integer);
create function ops.prune_windows(as_of timestamptz, row_limit integer)
  returns table (relation text, forgotten bigint) language plpgsql as $$
declare
  rules ops.window_rules;
  frontier timestamptz;
  today date;
begin
  select * into rules from ops.window_rules;
  -- The clock alone forgets nothing: a worker that stood still finds its windows as it left them.
  select ops.low_watermark('sales_windows', least(as_of, max(active_at))) into frontier
  from ops.stream_watermark where processor = 'sales_windows';
  today := (least(frontier, as_of) at time zone 'UTC')::date;
  if frontier is null then
    return;
  end if;
  return query
  select target, state.drop_days(target, today - days, row_limit)::bigint
  from (values
    (1, 'window_event', rules.window_days),
    (2, 'sales_window', rules.window_days),
    (3, 'sales_hour', rules.hour_days),
    (4, 'sale_line', rules.line_days),
    (5, 'stock_movement', rules.line_days)
  ) as forget (turn, target, days)
  order by turn;
  return query values
    ('price', state.forget_prices(today - rules.line_days, row_limit)),
    ('online_order', state.forget_orders((today - rules.order_days)::timestamp at time zone 'UTC', row_limit));
end;
$$;
comment on function ops.prune_windows is
  'Forgets windows, sale lines, prices and orders that are older than ops.window_rules keeps them, counted from the watermark of sales_windows, never from the clock alone; at most row_limit days or rows of a table. Returns how many.';
revoke execute on function
  state.forget_prices(date, integer), state.forget_orders(timestamptz, integer), ops.prune_windows(timestamptz, integer)
from public;
