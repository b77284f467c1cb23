create or replace view bi.till_reconciliation with (security_invoker = true) as
with loaded as (
  select
    fact.sale_date,
    version.store_id,
    fact.till_id,
    count(*) as lines,
    sum(fact.net_amount) as net_amount,
    max(fact.updated_at) as updated_at
  from analytics.fact_sales as fact
  join analytics.dim_store as version using (store_key)
  where fact.till_id is not null
  group by fact.sale_date, version.store_id, fact.till_id
),
compared as (
  select
    coalesce(closing.sold_on, loaded.sale_date) as sale_date,
    coalesce(closing.store_id, loaded.store_id) as store_id,
    coalesce(closing.till_id, loaded.till_id) as till_id,
    closing.lines as reported_lines,
    closing.net_amount as reported_amount,
    coalesce(loaded.lines, 0) as loaded_lines,
    coalesce(loaded.net_amount, 0) as loaded_amount,
    closing.closed_at,
    closing.updated_at as reported_at,
    loaded.updated_at as loaded_at
  from ops.till_closing as closing
  full join loaded
    on loaded.sale_date = closing.sold_on and loaded.store_id = closing.store_id and loaded.till_id = closing.till_id
)
select
  compared.sale_date,
  store.store_key,
  compared.till_id,
  case
    when compared.closed_at is null then 'no_closing'
    when compared.reported_lines = compared.loaded_lines and compared.reported_amount = compared.loaded_amount then 'equal'
    when day_of_store.updated_at is null then 'not_loaded'
    else 'different'
  end as status,
  compared.reported_lines,
  compared.loaded_lines,
  compared.loaded_lines - compared.reported_lines as difference_lines,
  compared.reported_amount,
  compared.loaded_amount,
  compared.loaded_amount - compared.reported_amount as difference_amount,
  compared.closed_at at time zone 'UTC' as closed_at,
  compared.reported_at at time zone 'UTC' as reported_at,
  coalesce(compared.loaded_at, day_of_store.updated_at) at time zone 'UTC' as loaded_at,
  greatest(compared.reported_at, compared.loaded_at, day_of_store.updated_at) at time zone 'UTC' as updated_at
from compared
join analytics.dim_store as store on store.store_id = compared.store_id and store.is_current
left join lateral (
  select max(day.updated_at) as updated_at
  from analytics.sales_by_store_day as day
  where day.sale_date = compared.sale_date
    and day.store_key in (select version.store_key from analytics.dim_store as version where version.store_id = compared.store_id)
) as day_of_store on true;

comment on view bi.till_reconciliation is 'What each till has reported as sold on a day, compared with what is loaded.';
comment on column bi.till_reconciliation.sale_date is 'The store''s day.';
comment on column bi.till_reconciliation.store_key is 'Current version of the store.';
comment on column bi.till_reconciliation.till_id is 'The till.';
comment on column bi.till_reconciliation.status is 'equal, different, not_loaded (no sale of the store on the day is loaded) or no_closing (the till has not reported).';
comment on column bi.till_reconciliation.reported_lines is 'Sale lines by the till''s own count, returns among them.';
comment on column bi.till_reconciliation.loaded_lines is 'Sale lines of the till in fact_sales.';
comment on column bi.till_reconciliation.difference_lines is 'Loaded − reported; negative: lines are missing.';
comment on column bi.till_reconciliation.reported_amount is 'What was paid, by the till''s own count.';
comment on column bi.till_reconciliation.loaded_amount is 'What was paid for the loaded lines.';
comment on column bi.till_reconciliation.difference_amount is 'Loaded − reported; negative: money is missing.';
comment on column bi.till_reconciliation.closed_at is 'When the till counted, UTC.';
comment on column bi.till_reconciliation.reported_at is 'When the count arrived, UTC.';
comment on column bi.till_reconciliation.loaded_at is 'When the till''s sales were last loaded, UTC; without any, those of its store.';
comment on column bi.till_reconciliation.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
