-- Of the given stores ($1) and regions ($2), those that neither the catalogue nor a fact knows.
select 'store' as kind, store as name
from unnest($1::text[]) as store
where
  not exists (select from ref.stores where store_id = store)
  and not exists (select from analytics.dim_store where store_id = store)
union all
select 'region', wanted
from unnest($2::text[]) as wanted
where not exists (select from ref.stores where region = wanted);
