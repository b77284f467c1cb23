-- Takes in supply terms: the newest per location, product and supplier count, in whatever order they come, and every version that
-- changes the cost or the choice of the supplier. $1: a JSON array of validated supply_terms records.
with record as materialized (
  select distinct on (terms_id, recorded_at)
    terms_id, location_id, product_id, supplier_id, unit_cost, pack_size, pallet_size,
    coalesce(minimum_quantity, 0) as minimum_quantity, maximum_quantity, capacity, shelf_life_days, preference, delisted_on,
    substitute_product_id, event_at::timestamptz as recorded_at
  from rows from (json_to_recordset($1::json) as (
    terms_id text collate "C", location_id text collate "C", product_id text collate "C", supplier_id text collate "C",
    unit_cost numeric, pack_size numeric, pallet_size numeric, minimum_quantity numeric, maximum_quantity numeric,
    capacity numeric, shelf_life_days integer, preference integer, delisted_on date,
    substitute_product_id text collate "C", event_at text
  )) with ordinality
  order by terms_id, recorded_at, ordinality desc
),
told as (
  select
    record.*,
    coalesce(
      lag(row(unit_cost, preference, delisted_on)) over (partition by terms_id order by recorded_at),
      (
        select row(known.unit_cost, known.preference, known.delisted_on)
        from ref.supply_terms_versions as known
        where known.terms_id = record.terms_id and known.valid_from < record.recorded_at
        order by known.valid_from desc limit 1
      )
    ) as before
  from record
),
version as (
  insert into ref.supply_terms_versions as version (
    terms_id, valid_from, location_id, product_id, supplier_id, unit_cost, preference, delisted_on
  )
  select terms_id, recorded_at, location_id, product_id, supplier_id, unit_cost, preference, delisted_on
  from told
  where before is null or row(unit_cost, preference, delisted_on) is distinct from before
  order by terms_id, recorded_at
  on conflict (terms_id, valid_from) do update set
    unit_cost = excluded.unit_cost, preference = excluded.preference, delisted_on = excluded.delisted_on
  where row(version.unit_cost, version.preference, version.delisted_on)
    is distinct from row(excluded.unit_cost, excluded.preference, excluded.delisted_on)
  returning terms_id, valid_from
),
newest as (
  insert into ref.supply_terms as terms (
    terms_id, location_id, product_id, supplier_id, unit_cost, pack_size, pallet_size, minimum_quantity, maximum_quantity,
    capacity, shelf_life_days, preference, delisted_on, substitute_product_id, recorded_at
  )
  select distinct on (terms_id) * from record order by terms_id, recorded_at desc
  on conflict (terms_id) do update set
    unit_cost = excluded.unit_cost, pack_size = excluded.pack_size, pallet_size = excluded.pallet_size,
    minimum_quantity = excluded.minimum_quantity, maximum_quantity = excluded.maximum_quantity,
    capacity = excluded.capacity, shelf_life_days = excluded.shelf_life_days, preference = excluded.preference,
    delisted_on = excluded.delisted_on, substitute_product_id = excluded.substitute_product_id,
    recorded_at = excluded.recorded_at, updated_at = excluded.updated_at
  where terms.recorded_at <= excluded.recorded_at
    and row(terms.unit_cost, terms.pack_size, terms.pallet_size, terms.minimum_quantity, terms.maximum_quantity,
        terms.capacity, terms.shelf_life_days, terms.preference, terms.delisted_on, terms.substitute_product_id,
        terms.recorded_at)
      is distinct from
      row(excluded.unit_cost, excluded.pack_size, excluded.pallet_size, excluded.minimum_quantity,
        excluded.maximum_quantity, excluded.capacity, excluded.shelf_life_days, excluded.preference, excluded.delisted_on,
        excluded.substitute_product_id, excluded.recorded_at)
  returning terms_id, recorded_at
)
select count(*) as new
from (select terms_id, valid_from from version union select terms_id, recorded_at from newest) as changed
