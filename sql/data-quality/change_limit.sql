-- Changes a limit of the learned checks. $1 measure, $2 score, $3 change: null keeps it. $4 who, $5 why.
update ops.quality_limit
set score_max = coalesce($2, score_max), change_min = coalesce($3, change_min), changed_by = $4, why = $5, updated_at = now()
where measure = $1
returning
  measure, score_max::float8 as "scoreMax", change_min::float8 as "changeMin", is_share as "isShare", days_min as "daysMin", meaning,
  changed_by as "changedBy", why
