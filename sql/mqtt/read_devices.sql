-- Devices that may send by MQTT, with the time zones of their stores. $1 only this one (null: all), $2 at most.
select
  device_id as "deviceId", device.store_id as "storeId", source_ids as "sourceIds", sensor, shelf_id as "shelfId",
  stores.time_zone as "timeZone", encode(password_hash, 'base64') as "passwordHash",
  case when previous_until > now() then encode(previous_hash, 'base64') end as "previousHash",
  case when previous_until > now() then previous_until end as "previousUntil",
  changed_by as "changedBy", device.updated_at as "updatedAt"
from ref.device
left join ref.stores using (store_id)
where device_id = coalesce($1, device_id)
order by device_id
limit $2
