-- Countries of stores of which no holiday is known. $1 at most.
select distinct country
from ref.stores
where not exists (select from ref.holidays where holidays.country = stores.country)
order by country
limit $1
