-- Where a customer is under the name that another system has for them: captured rows, and dead letters of changes. $1: maps, $2: the topics of
-- their events, $3: the patterns of their rows as text.
with mapped as (
  select map_id, topic, pattern from unnest($1::text[], $2::text[], $3::text[]) as given (map_id, topic, pattern)
)

select 'ops.cdc_row' as place, count(*) as rows
from ops.cdc_row
join mapped using (map_id)
where row_key ~ pattern or image::text ~ pattern or before_image::text ~ pattern
union all
select 'ops.dead_letters' as place, count(*) as rows
from ops.dead_letters
where exists (
  select from mapped
  where mapped.topic = dead_letters.topic and (encode(payload, 'escape') ~ pattern or encode(key, 'escape') ~ pattern)
)
