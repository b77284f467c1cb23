-- Data engineers see devices in the web application, give them new passwords and remove them, without reading the hash of a password.
create function ref.keep_previous_hash() returns trigger language plpgsql as $$
begin
  new.previous_hash := case when new.previous_until is not null then old.password_hash end;
  return new;
end
$$;
comment on function ref.keep_previous_hash is 'Keeps the hash of the password before, where the change lets it be valid for some time.';
create trigger keep_previous_hash before update of password_hash on ref.device
  for each row execute function ref.keep_previous_hash();

alter table ref.device enable row level security;
create policy application on ref.device to shelfline_app using (true) with check (true);
create policy by_engineers on ref.device to shelfline_web
  using ((select ref.acting_role()) in ('data_engineer', 'administrator'));
create policy changed_under_their_name on ref.device as restrictive for update to shelfline_web
  using (true) with check (changed_by = (select ref.acting_user()));
grant select (device_id, store_id, source_ids, sensor, shelf_id, previous_until, changed_by, updated_at),
  update (password_hash, previous_until, changed_by, updated_at), delete on ref.device to shelfline_web;

create policy by_engineers on state.device for select to shelfline_web
  using ((select ref.acting_role()) in ('data_engineer', 'administrator'));
grant select on state.device to shelfline_web;
