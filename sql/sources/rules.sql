-- What follows from sale lines by rule, for every replay.

-- The sale lines themselves, of the replayed days.
create temp table pos_transactions as
from mapped_rows
where event_date between getvariable('from_date') and getvariable('to_date');

-- Lines that break the contract change no price and no stock. Of a product in a store either all its lines in the data
-- set are looked at, or, when the replayed days don't sell it, none.
create temp table valid_lines as
with
valid as (
  select * replace (nfc_normalize(trim(product_id)) as product_id)
  from mapped_rows
  where unit_price not like '-%'
    and regexp_full_match(trim(product_id), '[^\p{Cc}\p{Cf}\p{Co}\p{Zl}\p{Zp}]{1,64}')
),
sold as (
  select distinct store_id, product_id
  from valid
  where event_date between getvariable('stock_since') and getvariable('to_date')
)
select
  happened_at,
  event_date,
  event_id,
  transaction_id,
  store_id,
  product_id,
  quantity::decimal(18, 6) as quantity,
  unit_price::decimal(18, 6) as unit_price
from valid semi join sold using (store_id, product_id);

-- A price changed when a sale's list price differs from that of the sale before, of the same product in the same store,
-- over the whole data set: the events of a day are the same whichever days are replayed.
create temp table price_rows as
with
prices as (
  select
    happened_at,
    event_date,
    'price-' || event_id as event_id,
    store_id,
    product_id,
    round(unit_price, 2)::decimal(18, 2) as new_price
  from valid_lines
  where quantity > 0 and round(unit_price, 2) > 0
),
followed as (
  select *, lag(new_price) over (partition by store_id, product_id order by happened_at, event_id) as old_price
  from prices
)
from followed
where old_price is distinct from new_price
  and event_date between getvariable('from_date') and getvariable('to_date');

-- A counter at the door of each store: of those who come in, a store's own share buys. Hours without a sale are not counted.
create temp table visit_rows as
with
hours as (
  select
    store_id,
    date_trunc('hour', happened_at) as happened_at,
    event_date,
    count(distinct transaction_id) as transactions
  from valid_lines
  where quantity > 0 and event_date between getvariable('from_date') and getvariable('to_date')
  group by all
)
select
  *,
  ceil(transactions / (0.55 + seeded('conversion', store_id) % 31 / 100))::integer
    + (seeded('passer-by', store_id, epoch(happened_at)::bigint) % 2)::integer as visitors
from hours;
