-- Adds up what providers report of payments: by transaction, by store and day, and refunds by till and cashier.
-- $1: a JSON array of validated payment_events.
with told as materialized (
  select
    left(event_at, 10)::date as event_date,
    state.event_key('payments/payment_events', event_id) as event_key,
    event_at::timestamptz as happened_at,
    store_id,
    transaction_id,
    event_type,
    coalesce(amount, 0) as amount,
    case when event_type = 'scored' then risk_score end as risk_score,
    coalesce(till_id, '') as till_id,
    coalesce(cashier_id, '') as cashier_id,
    ordinality
  from rows from (json_to_recordset($1::json) as (
    event_id text, event_at text, store_id text collate "C", transaction_id text collate "C", event_type text,
    amount numeric, risk_score integer, till_id text collate "C", cashier_id text collate "C"
  )) with ordinality
),
fresh as materialized (
  select distinct on (event_date, event_key) * from told order by event_date, event_key, ordinality
),
remembered as (
  insert into state.event_ids (event_date, event_key)
  select event_date, event_key from fresh order by event_date, event_key
  on conflict do nothing
  returning event_date, event_key
),
news as materialized (
  select fresh.* from fresh join remembered using (event_date, event_key)
),
by_transaction as (
  insert into state.payment as known (
    store_id, transaction_id, authorised, voided, captured, refunded, charged_back, charge_backs_won, declines,
    risk_score, first_at, last_at
  )
  select
    store_id,
    transaction_id,
    coalesce(sum(amount) filter (where event_type = 'authorised'), 0),
    coalesce(sum(amount) filter (where event_type = 'voided'), 0),
    coalesce(sum(amount) filter (where event_type = 'captured'), 0),
    coalesce(sum(amount) filter (where event_type = 'refunded'), 0),
    coalesce(sum(amount) filter (where event_type = 'charged_back'), 0),
    coalesce(sum(amount) filter (where event_type = 'charge_back_won'), 0),
    count(*) filter (where event_type = 'declined'),
    max(risk_score),
    min(happened_at),
    max(happened_at)
  from news
  group by store_id, transaction_id
  order by store_id, transaction_id
  on conflict (store_id, transaction_id) do update set
    authorised = known.authorised + excluded.authorised,
    voided = known.voided + excluded.voided,
    captured = known.captured + excluded.captured,
    refunded = known.refunded + excluded.refunded,
    charged_back = known.charged_back + excluded.charged_back,
    charge_backs_won = known.charge_backs_won + excluded.charge_backs_won,
    declines = known.declines + excluded.declines,
    risk_score = greatest(known.risk_score, excluded.risk_score),
    first_at = least(known.first_at, excluded.first_at),
    last_at = greatest(known.last_at, excluded.last_at),
    updated_at = excluded.updated_at
),
by_cashier as (
  insert into state.refund as known (
    store_id, transaction_id, till_id, cashier_id, amount, refunds, first_at, last_at
  )
  select store_id, transaction_id, till_id, cashier_id, sum(amount), count(*), min(happened_at), max(happened_at)
  from news
  where event_type = 'refunded'
  group by store_id, transaction_id, till_id, cashier_id
  order by store_id, transaction_id, till_id, cashier_id
  on conflict (store_id, transaction_id, till_id, cashier_id) do update set
    amount = known.amount + excluded.amount,
    refunds = known.refunds + excluded.refunds,
    first_at = least(known.first_at, excluded.first_at),
    last_at = greatest(known.last_at, excluded.last_at),
    updated_at = excluded.updated_at
),
by_day as (
  insert into state.payment_day as known (
    store_id, payment_date, authorised, voided, captured, refunded, charged_back, charge_backs_won,
    captures, declines, refunds, charge_backs
  )
  select
    store_id,
    event_date,
    coalesce(sum(amount) filter (where event_type = 'authorised'), 0),
    coalesce(sum(amount) filter (where event_type = 'voided'), 0),
    coalesce(sum(amount) filter (where event_type = 'captured'), 0),
    coalesce(sum(amount) filter (where event_type = 'refunded'), 0),
    coalesce(sum(amount) filter (where event_type = 'charged_back'), 0),
    coalesce(sum(amount) filter (where event_type = 'charge_back_won'), 0),
    count(*) filter (where event_type = 'captured'),
    count(*) filter (where event_type = 'declined'),
    count(*) filter (where event_type = 'refunded'),
    count(*) filter (where event_type = 'charged_back')
  from news
  where event_type <> 'scored'
  group by store_id, event_date
  order by store_id, event_date
  on conflict (store_id, payment_date) do update set
    authorised = known.authorised + excluded.authorised,
    voided = known.voided + excluded.voided,
    captured = known.captured + excluded.captured,
    refunded = known.refunded + excluded.refunded,
    charged_back = known.charged_back + excluded.charged_back,
    charge_backs_won = known.charge_backs_won + excluded.charge_backs_won,
    captures = known.captures + excluded.captures,
    declines = known.declines + excluded.declines,
    refunds = known.refunds + excluded.refunds,
    charge_backs = known.charge_backs + excluded.charge_backs,
    updated_at = excluded.updated_at
)
select count(*) as applied from news
