-- Where orders are sent is confirmed by a person when it changes: whoever can send a supplier's record can't redirect orders alone.
create table ref.supplier_endpoint (
  supplier_id text collate "C" not null,
  adapter text not null,
  endpoint text not null,
  told_at timestamptz not null default clock_timestamp(),
  confirmed_by text,
  confirmed_at timestamptz,
  primary key (supplier_id, adapter, endpoint),
  constraint who_confirmed_is_known check ((confirmed_by is null) = (confirmed_at is null))
);
comment on table ref.supplier_endpoint is 'Every place that orders to a supplier were to be sent to. The first of a supplier is confirmed by itself, others by a person.';
comment on column ref.supplier_endpoint.endpoint is 'As in ref.suppliers; empty: it has none.';
comment on column ref.supplier_endpoint.confirmed_at is 'Null: nothing is sent there yet.';

create function ref.tell_endpoint() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
  insert into ref.supplier_endpoint (supplier_id, adapter, endpoint, confirmed_by, confirmed_at)
  select new.supplier_id, new.adapter, coalesce(new.endpoint, ''), own.confirmer, case when own.confirmer is not null then clock_timestamp() end
  from (
    select case when not exists (select from ref.supplier_endpoint where supplier_id = new.supplier_id) then 'shelfline' end as confirmer
  ) as own
  on conflict (supplier_id, adapter, endpoint) do nothing;
  return null;
end;
$$;
revoke execute on function ref.tell_endpoint() from public, shelfline_app;
comment on function ref.tell_endpoint() is 'Notes where orders to a supplier are to be sent from now on.';
insert into ref.supplier_endpoint (supplier_id, adapter, endpoint, confirmed_by, confirmed_at)
select supplier_id, adapter, coalesce(endpoint, ''), 'shelfline', clock_timestamp() from ref.suppliers;
create trigger tell_endpoint after insert or update of adapter, endpoint on ref.suppliers
  for each row execute function ref.tell_endpoint();

create trigger audit_insert after insert on ref.supplier_endpoint referencing new table as new_rows
  for each statement execute function ops.audit_changes('{"object": "supplier endpoint", "key": ["supplier_id", "adapter"], "by": ["confirmed_by"], "ignore": ["told_at", "confirmed_at"], "secret": ["endpoint"]}');
create trigger audit_update after update on ref.supplier_endpoint referencing old table as old_rows new table as new_rows
  for each statement execute function ops.audit_changes('{"object": "supplier endpoint", "key": ["supplier_id", "adapter"], "by": ["confirmed_by"], "ignore": ["told_at", "confirmed_at"], "secret": ["endpoint"]}');

alter table ref.supplier_endpoint enable row level security;
create policy application on ref.supplier_endpoint to shelfline_app using (true) with check (true);
create policy read_by_all on ref.supplier_endpoint for select to shelfline_web using (true);
create policy confirmed_by_themselves on ref.supplier_endpoint for update to shelfline_web
  using (confirmed_by is null and (select ref.acting_role()) in ('buyer', 'planner', 'administrator'))
  with check (confirmed_by = (select ref.acting_user()));
grant select, update (confirmed_by, confirmed_at) on ref.supplier_endpoint to shelfline_web;
