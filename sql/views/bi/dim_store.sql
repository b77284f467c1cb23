create or replace view bi.dim_store with (security_invoker = true) as
select
  store_key, store_id, name, city, region, country, currency, time_zone, area_square_metres, store_type, latitude, longitude,
  opening_hours,
  valid_from at time zone 'UTC' as valid_from,
  valid_to at time zone 'UTC' as valid_to,
  is_current, is_unknown, is_warehouse,
  updated_at at time zone 'UTC' as updated_at
from analytics.dim_store;

comment on view bi.dim_store is 'Stores with their history: a new version when an attribute changes. Warehouses that take orders are in it, without history.';
comment on column bi.dim_store.store_key is 'Surrogate key of this version, analytics.dimension_key(store_id, valid_from).';
comment on column bi.dim_store.store_id is 'The store, as the sources call it.';
comment on column bi.dim_store.name is 'Name for people.';
comment on column bi.dim_store.city is 'City during this version; null: unknown.';
comment on column bi.dim_store.region is 'Region during this version. Who may see a store goes by its newest region.';
comment on column bi.dim_store.country is 'Country.';
comment on column bi.dim_store.currency is 'ISO 4217 code of the money in its facts.';
comment on column bi.dim_store.time_zone is 'IANA time zone that cuts its days.';
comment on column bi.dim_store.area_square_metres is 'Sales area in square metres; null: unknown.';
comment on column bi.dim_store.store_type is 'What kind of store it is, as the catalogue calls it; null: unknown.';
comment on column bi.dim_store.latitude is 'Degrees north; null: unknown.';
comment on column bi.dim_store.longitude is 'Degrees east; null: unknown.';
comment on column bi.dim_store.opening_hours is 'As OpenStreetMap writes it, e.g. Mo-Sa 07:00-22:00; Su 10:00-16:00. Null: unknown.';
comment on column bi.dim_store.valid_from is 'The version holds from this instant on, UTC; 1900-01-01 for the first.';
comment on column bi.dim_store.valid_to is 'The version holds until before this instant, UTC; 9999-12-31 for the current one.';
comment on column bi.dim_store.is_current is 'This is the newest version.';
comment on column bi.dim_store.is_unknown is 'Facts name this store and no catalogue does; its attributes are placeholders.';
comment on column bi.dim_store.is_warehouse is 'A warehouse that refills stores, and no store. Its attributes are those that all its stores share; else placeholders.';
comment on column bi.dim_store.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
