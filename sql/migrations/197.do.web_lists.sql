-- What the pages of the web application read, at a thousand stores with five hundred products each.

-- Lots that expire, the soonest first: read in this order until a page is full.
drop index state.shelf_lots_by_expiry;
create index shelf_lots_by_expiry on state.shelf_lot (expires_on, store_id, product_id, batch_id);
drop index state.warehouse_lots_by_expiry;
create index warehouse_lots_by_expiry on state.warehouse_lot (expires_on, warehouse_id, product_id, batch_id);

-- Errors of forecasts over all stores: a thousandth of the rows, for those who see them all.
create table analytics.forecast_accuracy_total (
  target_date date not null,
  category text not null,
  horizon_days smallint not null,
  model_name text not null,
  model_version integer not null,
  actual_quantity numeric not null,
  forecast_quantity numeric not null,
  absolute_error numeric not null,
  intervals numeric not null,
  covered_80 numeric not null,
  primary key (target_date, horizon_days, category, model_name, model_version)
);
comment on table analytics.forecast_accuracy_total is 'forecast_accuracy, summed over all stores; kept by triggers of that table.';

create function analytics.sum_forecast_accuracy() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
  delete from analytics.forecast_accuracy_total where target_date in (select distinct target_date from changed);
  insert into analytics.forecast_accuracy_total
  select
    target_date, category, horizon_days, model_name, model_version, sum(actual_quantity), sum(forecast_quantity), sum(absolute_error),
    sum(intervals), sum(covered_80)
  from analytics.forecast_accuracy
  where target_date in (select distinct target_date from changed)
  group by target_date, category, horizon_days, model_name, model_version;
  return null;
end;
$$;
revoke execute on function analytics.sum_forecast_accuracy() from public;
comment on function analytics.sum_forecast_accuracy() is 'Sums the days that have changed again.';

create trigger sum_inserted after insert on analytics.forecast_accuracy
  referencing new table as changed for each statement execute function analytics.sum_forecast_accuracy();
create trigger sum_deleted after delete on analytics.forecast_accuracy
  referencing old table as changed for each statement execute function analytics.sum_forecast_accuracy();

insert into analytics.forecast_accuracy_total
select
  target_date, category, horizon_days, model_name, model_version, sum(actual_quantity), sum(forecast_quantity), sum(absolute_error),
  sum(intervals), sum(covered_80)
from analytics.forecast_accuracy
group by target_date, category, horizon_days, model_name, model_version;

alter table analytics.forecast_accuracy_total enable row level security;
create policy application on analytics.forecast_accuracy_total to shelfline_app using (true) with check (true);
create policy everything on analytics.forecast_accuracy_total for select to shelfline_web using ((select ref.sees_everything()));
grant select on analytics.forecast_accuracy_total to shelfline_web;
