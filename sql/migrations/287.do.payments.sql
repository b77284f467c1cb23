-- Payments beside the sales that they pay, and the lines of online orders (docs/payments.md).

-- What must be paid: by card or mobile, and whatever was taken back. Its lines are counted once, as state.sale_line keeps them.
create table state.sale_transaction (
  store_id text collate "C" not null,
  transaction_id text collate "C" not null,
  sold numeric not null,
  returned numeric not null,
  lines integer not null,
  till_id text collate "C",
  cashier_id text collate "C",
  original_transaction_id text collate "C",
  first_at timestamptz not null,
  last_at timestamptz not null,
  updated_at timestamptz not null default now(),
  primary key (store_id, transaction_id)
) with (fillfactor = 80);
create index sale_transaction_by_age on state.sale_transaction (last_at);
create index sale_transaction_returns on state.sale_transaction (last_at) where returned > 0;
create index sale_transaction_original on state.sale_transaction (store_id, original_transaction_id)
  where original_transaction_id is not null;
comment on table state.sale_transaction is 'What was sold by card or mobile, and what was taken back, in each transaction of the last weeks.';
comment on column state.sale_transaction.sold is 'Money for the lines that were sold by card or mobile.';
comment on column state.sale_transaction.returned is 'Money for the lines that were taken back, however they were paid; positive.';
comment on column state.sale_transaction.lines is 'These lines.';
comment on column state.sale_transaction.cashier_id is 'The cashier, where the till sends it.';
comment on column state.sale_transaction.original_transaction_id is 'For a return: the sale, where the till sends it.';
comment on column state.sale_transaction.first_at is 'The oldest of its lines.';
comment on column state.sale_transaction.last_at is 'The newest of its lines.';
comment on column state.sale_transaction.updated_at is 'When the row was last written.';

create table state.payment (
  store_id text collate "C" not null,
  transaction_id text collate "C" not null,
  authorised numeric not null,
  voided numeric not null,
  captured numeric not null,
  refunded numeric not null,
  charged_back numeric not null,
  charge_backs_won numeric not null,
  declines integer not null,
  risk_score integer,
  first_at timestamptz not null,
  last_at timestamptz not null,
  updated_at timestamptz not null default now(),
  primary key (store_id, transaction_id)
) with (fillfactor = 70);
create index payment_by_age on state.payment (last_at);
create index payment_by_store on state.payment (store_id, last_at);
create index payment_charge_backs on state.payment (last_at) where charged_back > 0;
comment on table state.payment is 'What providers have reported of the payments of each transaction: sums of money, in whatever order the events arrive.';
comment on column state.payment.authorised is 'Money that banks have reserved.';
comment on column state.payment.voided is 'Money of that which was set free.';
comment on column state.payment.captured is 'Money that was paid.';
comment on column state.payment.refunded is 'Money that was paid back.';
comment on column state.payment.charged_back is 'Money that banks have taken back for their customers.';
comment on column state.payment.charge_backs_won is 'Money of that which the store has got back.';
comment on column state.payment.declines is 'How often banks have declined.';
comment on column state.payment.risk_score is 'The highest score, 0 to 100; null: it was not scored.';
comment on column state.payment.first_at is 'The oldest event about it.';
comment on column state.payment.last_at is 'The newest event about it.';
comment on column state.payment.updated_at is 'When the row was last written.';

create table state.refund (
  store_id text collate "C" not null,
  transaction_id text collate "C" not null,
  till_id text collate "C" not null,
  cashier_id text collate "C" not null,
  amount numeric not null,
  refunds integer not null,
  first_at timestamptz not null,
  last_at timestamptz not null,
  updated_at timestamptz not null default now(),
  primary key (store_id, transaction_id, till_id, cashier_id)
);
create index refund_by_age on state.refund (last_at);
comment on table state.refund is 'What was paid back for each transaction, by till and cashier.';
comment on column state.refund.transaction_id is 'The return, or the original sale.';
comment on column state.refund.till_id is 'Empty: not reported.';
comment on column state.refund.cashier_id is 'Empty: not reported.';
comment on column state.refund.amount is 'Money.';
comment on column state.refund.refunds is 'How many refunds that was.';
comment on column state.refund.first_at is 'The oldest of them.';
comment on column state.refund.last_at is 'The newest of them.';
comment on column state.refund.updated_at is 'When the row was last written.';

create table state.payment_day (
  store_id text collate "C" not null,
  payment_date date not null,
  authorised numeric not null,
  voided numeric not null,
  captured numeric not null,
  refunded numeric not null,
  charged_back numeric not null,
  charge_backs_won numeric not null,
  captures integer not null,
  declines integer not null,
  refunds integer not null,
  charge_backs integer not null,
  updated_at timestamptz not null default now(),
  primary key (store_id, payment_date)
) with (fillfactor = 70);
comment on table state.payment_day is 'Sums of what providers have reported, by store and day of the event.';
comment on column state.payment_day.payment_date is 'The store''s day of the event: a charge-back is of the day of the charge-back, not of the sale.';
comment on column state.payment_day.authorised is 'Money that banks have reserved.';
comment on column state.payment_day.voided is 'Money of that which was set free.';
comment on column state.payment_day.captured is 'Money that was paid.';
comment on column state.payment_day.refunded is 'Money that was paid back.';
comment on column state.payment_day.charged_back is 'Money that banks have taken back for their customers.';
comment on column state.payment_day.charge_backs_won is 'Money of that which the store has got back.';
comment on column state.payment_day.captures is 'Payments.';
comment on column state.payment_day.declines is 'Payments that banks have declined.';
comment on column state.payment_day.refunds is 'Refunds.';
comment on column state.payment_day.charge_backs is 'Charge-backs.';
comment on column state.payment_day.updated_at is 'When the row was last written.';

create table state.online_order_line (
  store_id text collate "C" not null,
  order_id text collate "C" not null,
  line_no integer not null,
  product_id text collate "C" not null,
  ordered numeric not null,
  cancelled numeric not null,
  picked numeric not null,
  returned numeric not null,
  first_at timestamptz not null,
  last_at timestamptz not null,
  updated_at timestamptz not null default now(),
  primary key (store_id, order_id, line_no, product_id)
) with (fillfactor = 70);
create index online_order_line_by_age on state.online_order_line (last_at);
create index online_order_line_open on state.online_order_line (store_id, product_id) where ordered > cancelled + picked;
comment on table state.online_order_line is 'Lines of online orders: units that were ordered, cancelled, picked and returned.';
comment on column state.online_order_line.ordered is 'Units that were ordered.';
comment on column state.online_order_line.cancelled is 'Units of that which were cancelled.';
comment on column state.online_order_line.picked is 'Units that were taken for the customer; the till sends them as a sale.';
comment on column state.online_order_line.returned is 'Units that the customer has sent back.';
comment on column state.online_order_line.first_at is 'The oldest event about it.';
comment on column state.online_order_line.last_at is 'The newest event about it.';
comment on column state.online_order_line.updated_at is 'When the row was last written.';

create view state.online_reserved with (security_invoker = true) as
select line.store_id, line.product_id, sum(line.ordered - line.cancelled - line.picked) as reserved, count(distinct line.order_id) as orders
from state.online_order_line as line
where line.ordered > line.cancelled + line.picked
  and not exists (
    select from state.online_order as whole
    where whole.store_id = line.store_id and whole.order_id = line.order_id
      and coalesce(whole.cancelled_at, whole.shipped_at, whole.delivered_at) is not null
  )
group by line.store_id, line.product_id;
comment on view state.online_reserved is 'Units that online orders wait for, by store and product: neither picked nor cancelled, of orders that are not on their way.';
comment on column state.online_reserved.reserved is 'Units.';
comment on column state.online_reserved.orders is 'Orders that wait for them.';

alter table ops.window_rules add column payment_days integer not null default 60 check (payment_days between 1 and 400);
comment on column ops.window_rules.payment_days is 'Days that transactions and their payments are kept after their newest event.';

-- The time is noted before rows are deleted: what is older is no longer compared, whether or not it is gone.
create function state.forget_aged(target text, before date, rows_max integer) returns bigint
language plpgsql as $$
declare
  forgotten bigint;
begin
  insert into state.retention values (target, before)
  on conflict (table_name) do update set forgotten_before = greatest(retention.forgotten_before, excluded.forgotten_before);
  execute format(
    'delete from state.%1$I where ctid = any (array(select ctid from state.%1$I where last_at < $1 order by last_at limit $2))', target
  ) using before::timestamp at time zone 'UTC', rows_max;
  get diagnostics forgotten = row_count;
  return forgotten;
end;
$$;
comment on function state.forget_aged is 'Deletes rows of a table with the column last_at of which nothing is known since the given day, at most rows_max, and returns how many.';

create or replace function ops.prune_windows(as_of timestamptz, row_limit integer)
  returns table (relation text, forgotten bigint) language plpgsql as $$
declare
  rules ops.window_rules;
  frontier timestamptz;
  today date;
begin
  select * into rules from ops.window_rules;
  -- The clock alone forgets nothing: a worker that was stopped finds its windows as it left them.
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
  return query
  select target, state.forget_aged(target, today - days, row_limit)
  from (values
    ('online_order_line', rules.order_days),
    -- No line that is still taken may find its transaction forgotten.
    ('sale_transaction', greatest(rules.payment_days, rules.line_days + 2)),
    ('payment', rules.payment_days),
    ('refund', rules.payment_days)
  ) as forget (target, days);
end;
$$;
comment on function ops.prune_windows is
  'Forgets windows, sale lines, prices, orders and payments that are older than ops.window_rules keeps them, counted from the watermark of sales_windows, never from the clock alone; at most row_limit days or rows of a table. Returns how many.';
revoke execute on function state.forget_aged(text, date, integer), ops.prune_windows(timestamptz, integer) from public;

do $$
declare
  target text;
begin
  foreach target in array
    array['state.sale_transaction', 'state.payment', 'state.refund', 'state.payment_day', 'state.online_order_line']
  loop
    execute format('alter table %s enable row level security', target);
    execute format('create policy application on %s to shelfline_app using (true) with check (true)', target);
    execute format(
      'create policy own_stores on %s for select to bi_reader, shelfline_web
         using ((select ref.sees_everything()) or store_id in (select ref.visible_store_ids()))', target
    );
    execute format('grant select on %s to shelfline_web', target);
  end loop;
end;
$$;
alter table state.online_order enable row level security;
create policy application on state.online_order to shelfline_app using (true) with check (true);
create policy own_stores on state.online_order for select to shelfline_web
  using ((select ref.sees_everything()) or store_id in (select ref.visible_store_ids()));
grant select (store_id, order_id, cancelled_at, shipped_at, delivered_at) on state.online_order to shelfline_web;
grant select on state.online_reserved to shelfline_web;
-- Cashiers are people: reports have none of them.
grant select (store_id, transaction_id, sold, returned, till_id, first_at, last_at, updated_at) on state.sale_transaction to bi_reader;
grant select (store_id, transaction_id, authorised, voided, captured, first_at, last_at, updated_at) on state.payment to bi_reader;
grant select on state.payment_day to bi_reader;

insert into ops.alert_rule (alert_type, position, topic, every, resolve_after, group_from, meaning) values
  ('unpaid_sales', 149, 'alerts', '10 minutes', '1 hour', 20, 'Sales by card were not paid.'),
  ('suspicious_refunds', 151, 'alerts', '10 minutes', '1 day', 20, 'Money was paid back without goods, beyond what was paid, or much more often than elsewhere.');
insert into ref.alert_audience (alert_type, role) values
  ('unpaid_sales', 'store_manager'), ('unpaid_sales', 'data_engineer'), ('suspicious_refunds', 'store_manager');
