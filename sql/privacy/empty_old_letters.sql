-- Dead letters that were written before a day ($1) lose their content; open ones can no longer be replayed.
with changed as (
  update ops.dead_letters set
    key = null, payload = null, headers = '{}', is_cut = false,
    status = case status when 'open' then 'discarded' else status end,
    settled_by = coalesce(settled_by, 'shelfline'), settled_why = coalesce(settled_why, 'too old'), updated_at = now()
  where created_at < $1::date and (payload is not null or key is not null or headers <> '{}')
  returning 1
)
select count(*) as rows from changed
