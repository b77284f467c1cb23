create or replace view bi.dim_date with (security_invoker = true) as
select
  calendar_date, date_key, year, quarter, month, month_name, year_month, month_start, iso_year, iso_week, week_start,
  day_of_month, day_of_year, day_of_week, day_name, is_weekend, is_month_end,
  (extract(year from fiscal.shifted) + (first_month > 1)::integer)::smallint as fiscal_year,
  extract(quarter from fiscal.shifted)::smallint as fiscal_quarter,
  extract(month from fiscal.shifted)::smallint as fiscal_month,
  calendar_date - 364 as same_weekday_last_year,
  (calendar_date - interval '1 year')::date as same_date_last_year,
  updated_at at time zone 'UTC' as updated_at
from analytics.dim_date
cross join ref.fiscal_year
cross join lateral (select month_start - make_interval(months => first_month - 1) as shifted) as fiscal;

comment on view bi.dim_date is 'Every day from 2009 to 2030. Holidays differ by country: dim_holiday.';
comment on column bi.dim_date.calendar_date is 'The day; facts relate to it by their date.';
comment on column bi.dim_date.date_key is 'The day as yyyymmdd.';
comment on column bi.dim_date.year is 'Calendar year.';
comment on column bi.dim_date.quarter is 'Quarter, 1 to 4.';
comment on column bi.dim_date.month is 'Month, 1 to 12.';
comment on column bi.dim_date.month_name is 'English name of the month.';
comment on column bi.dim_date.year_month is 'Month as yyyy-mm, which sorts.';
comment on column bi.dim_date.month_start is 'First day of the month.';
comment on column bi.dim_date.iso_year is 'Year that the ISO 8601 week belongs to.';
comment on column bi.dim_date.iso_week is 'ISO 8601 week, 1 to 53.';
comment on column bi.dim_date.week_start is 'Monday of the week.';
comment on column bi.dim_date.day_of_month is 'Day of the month, 1 to 31.';
comment on column bi.dim_date.day_of_year is 'Day of the year, 1 to 366.';
comment on column bi.dim_date.day_of_week is 'ISO 8601 day of the week: 1 is Monday, 7 is Sunday.';
comment on column bi.dim_date.day_name is 'English name of the day of the week.';
comment on column bi.dim_date.is_weekend is 'Saturday or Sunday.';
comment on column bi.dim_date.is_month_end is 'Last day of its month.';
comment on column bi.dim_date.fiscal_year is 'Fiscal year, by the calendar year in which it ends; ref.fiscal_year has its first month.';
comment on column bi.dim_date.fiscal_quarter is 'Quarter of the fiscal year, 1 to 4.';
comment on column bi.dim_date.fiscal_month is 'Month of the fiscal year, 1 to 12.';
comment on column bi.dim_date.same_weekday_last_year is 'The same weekday 52 weeks before: what retail compares with.';
comment on column bi.dim_date.same_date_last_year is 'The same date a year before; 28 February for 29 February.';
comment on column bi.dim_date.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
