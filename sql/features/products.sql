-- Products as they were on the day of {origin}; what was first received later was always so. {postgres}: the
-- attached database; it is asked by a query, so that the list of all its tables need not be read.
create or replace temp table product as
select
  product_id,
  coalesce(
    arg_max(category, valid_from) filter (where valid_from < {origin} + interval '1 day'),
    arg_min(category, valid_from)
  ) as category,
  coalesce(
    arg_max(department, valid_from) filter (where valid_from < {origin} + interval '1 day'),
    arg_min(department, valid_from)
  ) as department
from postgres_query('{postgres}', 'select product_id, category, department, valid_from from ref.product_versions')
group by product_id
