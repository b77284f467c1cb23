-- Transactions, payments, refunds and lines of online orders, out of paid_sale, payment_event and order_line. DuckDB.
-- A row that was forgotten, and that a later event made again, has only that event: it is not compared.
create temp table due_line as
select
  [store_id, transaction_id] as key, event_at, quantity, till_id, cashier_id, original_transaction_id,
  coalesce(net_amount, round(quantity::decimal(24, 6) * unit_price - discount, 2)::decimal(24, 6)) as amount
from paid_sale
where quantity < 0 or (quantity > 0 and payment_method in ('card', 'mobile'));

create temp table again_sale_transaction as
select
  key,
  {
    sold: coalesce(sum(amount) filter (where quantity > 0), 0)::decimal(38, 6),
    returned: coalesce(-sum(amount) filter (where quantity < 0), 0)::decimal(38, 6),
    lines: count(*),
    till_id: min(till_id),
    cashier_id: min(cashier_id),
    original_transaction_id: min(original_transaction_id),
    first_at: min(event_at),
    last_at: max(event_at)
  } as value
from due_line
group by key
having min(event_at) >= kept_since(['sale_line', 'sale_transaction']);

delete from live_sale_transaction
where key in (select key from due_line where event_at < kept_since(['sale_line', 'sale_transaction']));

create temp table again_payment as
select
  [store_id, transaction_id] as key,
  {
    authorised: coalesce(sum(amount) filter (where event_type = 'authorised'), 0)::decimal(38, 6),
    voided: coalesce(sum(amount) filter (where event_type = 'voided'), 0)::decimal(38, 6),
    captured: coalesce(sum(amount) filter (where event_type = 'captured'), 0)::decimal(38, 6),
    refunded: coalesce(sum(amount) filter (where event_type = 'refunded'), 0)::decimal(38, 6),
    charged_back: coalesce(sum(amount) filter (where event_type = 'charged_back'), 0)::decimal(38, 6),
    charge_backs_won: coalesce(sum(amount) filter (where event_type = 'charge_back_won'), 0)::decimal(38, 6),
    declines: count(*) filter (where event_type = 'declined'),
    risk_score: max(risk_score) filter (where event_type = 'scored')::bigint,
    first_at: min(event_at),
    last_at: max(event_at)
  } as value
from payment_event
group by store_id, transaction_id
having min(event_at) >= kept_since(['payment']);

delete from live_payment
where key in (
  select [store_id, transaction_id] from payment_event where event_at < kept_since(['payment'])
);

create temp table again_refund as
select
  [store_id, transaction_id, coalesce(till_id, ''), coalesce(cashier_id, '')] as key,
  {amount: sum(amount)::decimal(38, 6), refunds: count(*), first_at: min(event_at), last_at: max(event_at)} as value
from payment_event
where event_type = 'refunded'
group by key
having min(event_at) >= kept_since(['refund']);

delete from live_refund
where key in (
  select [store_id, transaction_id, coalesce(till_id, ''), coalesce(cashier_id, '')]
  from payment_event
  where event_type = 'refunded' and event_at < kept_since(['refund'])
);

create temp table again_payment_day as
select
  [store_id, '', date::varchar] as key,
  {
    authorised: coalesce(sum(amount) filter (where event_type = 'authorised'), 0)::decimal(38, 6),
    voided: coalesce(sum(amount) filter (where event_type = 'voided'), 0)::decimal(38, 6),
    captured: coalesce(sum(amount) filter (where event_type = 'captured'), 0)::decimal(38, 6),
    refunded: coalesce(sum(amount) filter (where event_type = 'refunded'), 0)::decimal(38, 6),
    charged_back: coalesce(sum(amount) filter (where event_type = 'charged_back'), 0)::decimal(38, 6),
    charge_backs_won: coalesce(sum(amount) filter (where event_type = 'charge_back_won'), 0)::decimal(38, 6),
    captures: count(*) filter (where event_type = 'captured'),
    declines: count(*) filter (where event_type = 'declined'),
    refunds: count(*) filter (where event_type = 'refunded'),
    charge_backs: count(*) filter (where event_type = 'charged_back')
  } as value
from payment_event
where event_type <> 'scored'
group by store_id, date;

create temp table again_online_order_line as
select
  [store_id, order_id, line_no::varchar, product_id] as key,
  {
    ordered: coalesce(sum(quantity) filter (where event_type = 'ordered'), 0)::decimal(38, 6),
    cancelled: coalesce(sum(quantity) filter (where event_type = 'cancelled'), 0)::decimal(38, 6),
    picked: coalesce(sum(quantity) filter (where event_type = 'picked'), 0)::decimal(38, 6),
    returned: coalesce(sum(quantity) filter (where event_type = 'returned'), 0)::decimal(38, 6),
    first_at: min(event_at),
    last_at: max(event_at)
  } as value
from order_line
group by store_id, order_id, line_no, product_id
having min(event_at) >= kept_since(['online_order_line']);

delete from live_online_order_line
where key in (
  select [store_id, order_id, line_no::varchar, product_id] from order_line
  where event_at < kept_since(['online_order_line'])
)
