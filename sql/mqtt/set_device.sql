-- Creates a device or changes it; its passwords stay as they are.
insert into ref.device (device_id, store_id, source_ids, sensor, shelf_id, password_hash, changed_by)
values ($1, $2, $3, $4, $5, $6, $7)
on conflict (device_id) do update set
  store_id = excluded.store_id,
  source_ids = excluded.source_ids,
  sensor = excluded.sensor,
  shelf_id = excluded.shelf_id,
  changed_by = excluded.changed_by,
  updated_at = now()
