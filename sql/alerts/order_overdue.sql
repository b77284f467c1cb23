-- An online order was not delivered by its promised time.
-- Reads: state.online_order.
-- Opens: the promised time has passed, and the order is neither delivered nor cancelled.
-- Impact: not known: the events of an order do not contain its value.
create or replace function ops.alert_order_overdue(as_of timestamptz) returns setof ops.alert_cause
language sql stable as $$
  select
    order_id,
    store_id,
    null::text,
    case when promised_at < as_of - interval '1 day' then 'critical' else 'warning' end,
    null::numeric,
    format('Order %s was promised for %s and is %s', order_id,
      to_char(promised_at at time zone ops.time_zone_of(store_id), 'YYYY-MM-DD HH24:MI'),
      case
        when shipped_at is not null then 'on its way'
        when packed_at is not null then 'packed'
        when paid_at is not null then 'not packed'
        else 'not paid'
      end),
    jsonb_build_object('promised_at', promised_at, 'packed_at', packed_at, 'shipped_at', shipped_at),
    null::numeric,
    true
  from state.online_order
  where promised_at < as_of and delivered_at is null and cancelled_at is null
$$;
comment on function ops.alert_order_overdue is 'An online order was not delivered by its promised time.';
