-- Takes in store records: the newest per store counts, in whatever order they come.
-- $1: a JSON array of validated store_catalog records.
with record as (
  select distinct on (store_id)
    store_id, name, region,
    -- An unknown zone fails here, as a dead letter, and not in every job that needs a local day.
    time_zone, now() at time zone time_zone as proof_of_zone, country, currency, city, area_square_metres, store_type,
    latitude, longitude, opening_hours, event_at::timestamptz as recorded_at
  from rows from (json_to_recordset($1::json) as (
    store_id text, name text, region text, time_zone text, country text, currency text, city text,
    area_square_metres numeric, store_type text, latitude numeric, longitude numeric, opening_hours text, event_at text
  )) with ordinality
  order by store_id, recorded_at desc, ordinality desc
),
newest as (
  insert into ref.stores as store (
    store_id, name, region, time_zone, country, currency, city, area_square_metres, store_type, latitude, longitude, opening_hours, recorded_at
  )
  select
    store_id, name, region, time_zone, country, currency, city, area_square_metres, store_type, latitude, longitude, opening_hours, recorded_at
  from record
  where proof_of_zone is not null
  order by store_id
  on conflict (store_id) do update set
    name = excluded.name, region = excluded.region, time_zone = excluded.time_zone, country = excluded.country,
    currency = excluded.currency, city = excluded.city, area_square_metres = excluded.area_square_metres,
    store_type = excluded.store_type, latitude = excluded.latitude, longitude = excluded.longitude,
    opening_hours = excluded.opening_hours, recorded_at = excluded.recorded_at, updated_at = excluded.updated_at
  where store.recorded_at <= excluded.recorded_at
    and row(store.name, store.region, store.time_zone, store.country, store.currency, store.city,
        store.area_square_metres, store.store_type, store.latitude, store.longitude, store.opening_hours, store.recorded_at)
      is distinct from
      row(excluded.name, excluded.region, excluded.time_zone, excluded.country, excluded.currency,
        excluded.city, excluded.area_square_metres, excluded.store_type, excluded.latitude, excluded.longitude,
        excluded.opening_hours, excluded.recorded_at)
  returning store_id
)
select count(*) as new from newest
