-- The holidays of a country. $1 country, $2 days, $3 their names.
insert into ref.holidays (country, holiday_date, name)
select $1, holiday.day, holiday.name
from unnest($2::date[], $3::text[]) as holiday (day, name)
on conflict (country, holiday_date) do nothing
