-- Brings dim_store to what the catalogue contains. ref.stores holds the newest record only, so that the history is kept here:
-- a record that differs from the current version and is newer ends it and begins the next; else it corrects it.
-- {staging}: the day's stores; one that no catalogue knows becomes an inferred member.
create temp table desired on commit drop as
select
  store.store_id, store.name, store.region, store.country, store.currency, store.time_zone,
  store.city, store.area_square_metres, store.store_type, store.latitude, store.longitude, store.opening_hours,
  case
    when held.store_id is null or held.is_unknown or date_trunc('second', store.recorded_at) <= held.valid_from
    then coalesce(held.valid_from, timestamptz '1900-01-01 00:00:00+00')
    else date_trunc('second', store.recorded_at)
  end as valid_from,
  false as is_unknown
from ref.stores as store
left join analytics.dim_store as held on held.store_id = store.store_id and held.is_current
where held.store_id is null
  or row(held.name, held.region, held.country, held.currency, held.time_zone, held.is_unknown,
      held.city, held.area_square_metres, held.store_type, held.latitude, held.longitude, held.opening_hours)
    is distinct from row(store.name, store.region, store.country, store.currency, store.time_zone, false,
      store.city, store.area_square_metres::numeric(18, 6), store.store_type, store.latitude::numeric(9, 6),
      store.longitude::numeric(9, 6), store.opening_hours)
union all
select member_id, 'Unknown store ' || member_id, 'unknown', 'unknown', 'XXX', 'UTC', null, null, null, null, null, null,
  timestamptz '1900-01-01 00:00:00+00', true
from {staging}
where not exists (select from ref.stores where store_id = member_id)
  and not exists (select from analytics.dim_store where store_id = member_id);

update analytics.dim_store as store set valid_to = desired.valid_from, is_current = false, updated_at = now()
from desired
where store.store_id = desired.store_id and store.is_current and store.valid_from < desired.valid_from;

insert into analytics.dim_store as store (
  store_key, store_id, name, region, country, currency, time_zone, city, area_square_metres, store_type, latitude, longitude, opening_hours, valid_from, valid_to, is_current, is_unknown
)
select
  analytics.dimension_key(store_id, valid_from), store_id, name, region, country, currency, time_zone,
  city, area_square_metres, store_type, latitude, longitude, opening_hours,
  valid_from, timestamptz '9999-12-31 00:00:00+00', true, is_unknown
from desired
on conflict (store_id, valid_from) do update set
  name = excluded.name, region = excluded.region, country = excluded.country, currency = excluded.currency,
  time_zone = excluded.time_zone, city = excluded.city, area_square_metres = excluded.area_square_metres,
  store_type = excluded.store_type, latitude = excluded.latitude, longitude = excluded.longitude,
  opening_hours = excluded.opening_hours, is_unknown = excluded.is_unknown, updated_at = now();

drop table desired;
