-- What data engineers see of the ways in, and start again: captured tables, and sources of the webhook receiver without their secrets.
do $$
declare
  target text;
begin
  foreach target in array array['ref.cdc_map', 'ops.cdc_stream', 'ops.cdc_row', 'ref.event_source'] loop
    execute format('alter table %s enable row level security', target);
    execute format('create policy application on %s to shelfline_app using (true) with check (true)', target);
    execute format(
      'create policy by_engineers on %s to shelfline_web using ((select ref.acting_role()) in (''data_engineer'', ''administrator''))', target
    );
  end loop;
end;
$$;
create policy changed_under_their_name on ref.cdc_map as restrictive for update to shelfline_web
  using (true) with check (changed_by = (select ref.acting_user()));
grant select, update (generation, changed_by, updated_at) on ref.cdc_map to shelfline_web;
grant select, delete on ops.cdc_stream to shelfline_web;
grant select (map_id, slice), update (slice, before_image, before_at_us) on ops.cdc_row to shelfline_web;
grant select (
  source_id, topic, map, scheme, signature_header, notification_url, tolerance_seconds, previous_until, body_bytes_max, body_events_max,
  depth_max, events_per_second, is_strict, changed_by, updated_at
) on ref.event_source to shelfline_web;
