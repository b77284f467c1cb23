create or replace view bi.dim_holiday with (security_invoker = true) as
select country, holiday_date, name, updated_at at time zone 'UTC' as updated_at
from ref.holidays;

comment on view bi.dim_holiday is 'Public holidays of the countries of stores; a country without rows has none that Shelfline knows.';
comment on column bi.dim_holiday.country is 'Country, as dim_store has it.';
comment on column bi.dim_holiday.holiday_date is 'The day.';
comment on column bi.dim_holiday.name is 'English name.';
comment on column bi.dim_holiday.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
