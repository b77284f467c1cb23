-- What the web application asks before it plans a day that no one orders: how errors go together, what is on its way between locations,
-- and how long suppliers take. The plan covers all stores that a warehouse refills, so that it is for people who see everything.
alter table ops.forecast_dependence enable row level security;
create policy application on ops.forecast_dependence to shelfline_app using (true) with check (true);
create policy everything on ops.forecast_dependence for select to shelfline_web using ((select ref.sees_everything()));
grant select on ops.forecast_dependence, ops.transfer_under_way, ops.supplier_lead_time to shelfline_web;
