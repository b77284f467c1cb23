-- Devices with what is known of their connections, without their passwords. Silent by the rule of the alert sensor_silent. $1 only this one (null: all), $2 only of this store
-- (null: all), $3 at most.
select
  registered.device_id as "deviceId", registered.store_id as "storeId", source_ids as "sourceIds", registered.sensor,
  registered.shelf_id as "shelfId", case when previous_until > now() then previous_until end as "previousUntil",
  changed_by as "changedBy", registered.updated_at as "updatedAt", known.status, known.connected_at as "connectedAt",
  known.status_at as "statusAt",
  coalesce(
    known.status = 'lost' or (known.status in ('connected', 'alive') and known.status_at < ops.now() - interval '15 minutes'), false
  ) as "isSilent",
  known.reason, known.reported, known.reported_topic as "reportedTopic",
  known.reported_at as "reportedAt"
from ref.device as registered
left join state.device as known using (device_id)
where registered.device_id = coalesce($1, registered.device_id) and registered.store_id = coalesce($2, registered.store_id)
order by registered.device_id
limit $3
