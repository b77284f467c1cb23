select
  count(*) as rows,
  {sums},
  count(*) filter (where store.store_key is null) as rows_without_store
from {staging} as staged
left join analytics.dim_store as store
  on store.store_id = staged.store_id and counted_at >= store.valid_from and counted_at < store.valid_to
