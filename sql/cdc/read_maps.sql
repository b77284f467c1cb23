-- Maps by name. $1 only this one (null: all), $2 at most.
select
  map_id as "mapId", generation, change_topic as "from", map.topic, map.map, map.changed_by as "changedBy", map.updated_at as "updatedAt",
  stream.position, stream.messages, stream.events, stream.rejected, stream.changed_at as "changedAt", stream.problem
from ref.cdc_map as map
left join ops.cdc_stream as stream using (map_id)
where map_id = coalesce($1, map_id)
order by map_id
limit $2
