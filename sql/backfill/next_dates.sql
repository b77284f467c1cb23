-- The dates of a plan that hold cells still to build, in order.
-- $1 plan, $2 only later than this date, or null, $3 how many
select date
from ops.backfill_cells
where plan = $1 and status <> 'succeeded' and ($2::date is null or date > $2)
group by date
order by date
limit $3
