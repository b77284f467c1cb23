-- The limits of the learned checks.
select
  measure, score_max::float8 as "scoreMax", change_min::float8 as "changeMin", is_share as "isShare", days_min as "daysMin", meaning,
  changed_by as "changedBy", why
from ops.quality_limit
order by measure
