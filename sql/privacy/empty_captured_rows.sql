-- What is known of captured rows loses a customer: a column that has them is null, and a row whose key has them is forgotten. The next
-- change of the row in its own database gives it again. $1: the bytes of texts to look for; $2 and $3: maps, and the pattern of their
-- rows as text.
with mapped as (
  select map_id, pattern from unnest($2::text[], $3::text[]) as given (map_id, pattern)
),

forgotten as (
  delete from ops.cdc_row using mapped
  where
    cdc_row.map_id = mapped.map_id
    and (
      row_key ~ pattern
      or exists (select from unnest($1::bytea[]) as wanted (bytes) where position(bytes in convert_to(row_key, 'UTF8')) > 0)
    )
  returning cdc_row.map_id, row_id
),

found as (
  select
    map_id, row_id, is_before,
    jsonb_object_agg(name, case when has then 'null'::jsonb else value end) as columns
  from ops.cdc_row
  join mapped using (map_id)
  cross join lateral (values (false, image), (true, before_image)) as row_image (is_before, columns)
  cross join lateral jsonb_each(columns) as own (name, value)
  cross join lateral (select jsonb_build_object(name, value)::text as written) as shown
  cross join lateral (
    select
      written ~ pattern
      or exists (select from unnest($1::bytea[]) as wanted (bytes) where position(bytes in convert_to(written, 'UTF8')) > 0) as has
  ) as looked
  where (map_id, row_id) not in (select map_id, row_id from forgotten)
  group by map_id, row_id, is_before
  having bool_or(has)
),

changed as (
  update ops.cdc_row set
    image = coalesce(now_known.columns, image),
    before_image = coalesce(known_before.columns, before_image)
  from (select distinct map_id, row_id from found) as row_found
  left join found as now_known
    on now_known.map_id = row_found.map_id and now_known.row_id = row_found.row_id and not now_known.is_before
  left join found as known_before
    on known_before.map_id = row_found.map_id and known_before.row_id = row_found.row_id and known_before.is_before
  where cdc_row.map_id = row_found.map_id and cdc_row.row_id = row_found.row_id
  returning 1
)

select (select count(*) from forgotten) + (select count(*) from changed) as rows
