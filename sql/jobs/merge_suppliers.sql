-- Not a job: brings dim_supplier to what the catalogue contains.
create or replace function ops.merge_suppliers(named text[]) returns void
language sql as $$
  insert into analytics.dim_supplier as supplier (
    supplier_key, supplier_id, name, country, lead_time_days, currency, minimum_order_value, is_unknown
  )
  select
    analytics.dimension_key(supplier_id, timestamptz '1900-01-01 00:00:00+00'),
    supplier_id, coalesce(known.name, 'Unknown supplier ' || supplier_id), known.country,
    round(known.lead_time_days)::integer, known.currency, known.minimum_order_value, known.supplier_id is null
  from (select supplier_id from ref.suppliers union select unnest(named)) as wanted
  left join ref.suppliers as known using (supplier_id)
  order by 1
  on conflict (supplier_key) do update set
    name = excluded.name, country = excluded.country, lead_time_days = excluded.lead_time_days, currency = excluded.currency,
    minimum_order_value = excluded.minimum_order_value, is_unknown = excluded.is_unknown, updated_at = now()
  where row(supplier.name, supplier.country, supplier.lead_time_days, supplier.currency, supplier.minimum_order_value, supplier.is_unknown)
    is distinct from
    row(excluded.name, excluded.country, excluded.lead_time_days, excluded.currency, excluded.minimum_order_value, excluded.is_unknown);
$$;
comment on function ops.merge_suppliers is 'Adds and corrects every supplier of the catalogue, and those named that are in none.';
