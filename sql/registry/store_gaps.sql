-- Stores from which nothing came on a day on which something usually does: at least three of the four weeks before had sales
-- on that weekday. {daily}: rows of features/daily_sales of five weeks; {stores}: store_id, country; {holidays}: country,
-- holiday_date; {date}.
select
  store_id,
  count(distinct date) filter (where date <> {date})::integer as usual_days
from {daily}
where lines > 0 and date in ({date}, {date} - 7, {date} - 14, {date} - 21, {date} - 28)
group by store_id
having count(*) filter (where date = {date}) = 0
  and count(distinct date) >= 3
  and store_id not in (
    select store_id from {stores} as store join {holidays} as holiday using (country) where holiday_date = {date}
  )
order by store_id
