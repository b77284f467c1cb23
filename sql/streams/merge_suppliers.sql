-- Takes in supplier records: the newest per supplier counts, in whatever order they come.
-- $1: a JSON array of validated supplier_catalog records.
with record as (
  select distinct on (supplier_id)
    supplier_id, name, country, adapter, endpoint, contact_email,
    (select array_agg(distinct weekday::smallint) from unnest(string_to_array(order_weekdays, ',')) as weekday) as order_weekdays,
    -- An unknown zone fails here, as a dead letter, and not when the first order is planned.
    cut_off::time as cut_off, time_zone, now() at time zone time_zone as proof_of_zone, lead_time_days,
    coalesce(minimum_order_value, 0) as minimum_order_value, currency, expedite_lead_time_days, expedite_fee,
    event_at::timestamptz as recorded_at
  from rows from (json_to_recordset($1::json) as (
    supplier_id text collate "C", name text, country text, adapter text, endpoint text, contact_email text,
    order_weekdays text, cut_off text, time_zone text, lead_time_days numeric, minimum_order_value numeric, currency text,
    expedite_lead_time_days numeric, expedite_fee numeric, event_at text
  )) with ordinality
  order by supplier_id, recorded_at desc, ordinality desc
),
newest as (
  insert into ref.suppliers as supplier (
    supplier_id, name, country, adapter, endpoint, contact_email, order_weekdays, cut_off, time_zone, lead_time_days,
    minimum_order_value, currency, expedite_lead_time_days, expedite_fee, recorded_at
  )
  select
    supplier_id, name, country, adapter, endpoint, contact_email, order_weekdays, cut_off, time_zone, lead_time_days,
    minimum_order_value, currency, expedite_lead_time_days, expedite_fee, recorded_at
  from record
  where proof_of_zone is not null
  order by supplier_id
  on conflict (supplier_id) do update set
    name = excluded.name, country = excluded.country, adapter = excluded.adapter, endpoint = excluded.endpoint,
    contact_email = excluded.contact_email, order_weekdays = excluded.order_weekdays, cut_off = excluded.cut_off,
    time_zone = excluded.time_zone, lead_time_days = excluded.lead_time_days,
    minimum_order_value = excluded.minimum_order_value, currency = excluded.currency,
    expedite_lead_time_days = excluded.expedite_lead_time_days, expedite_fee = excluded.expedite_fee, recorded_at = excluded.recorded_at,
    updated_at = excluded.updated_at
  where supplier.recorded_at <= excluded.recorded_at
    and row(supplier.name, supplier.country, supplier.adapter, supplier.endpoint, supplier.contact_email,
        supplier.order_weekdays, supplier.cut_off, supplier.time_zone, supplier.lead_time_days,
        supplier.minimum_order_value, supplier.currency, supplier.expedite_lead_time_days, supplier.expedite_fee, supplier.recorded_at)
      is distinct from
      row(excluded.name, excluded.country, excluded.adapter, excluded.endpoint, excluded.contact_email,
        excluded.order_weekdays, excluded.cut_off, excluded.time_zone, excluded.lead_time_days,
        excluded.minimum_order_value, excluded.currency, excluded.expedite_lead_time_days, excluded.expedite_fee, excluded.recorded_at)
  returning supplier_id
)
select count(*) as new from newest
