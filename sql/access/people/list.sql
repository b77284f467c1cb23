-- The people, or $2 alone, at most $1, with what they see and how often they are signed in.
select
  person, role,
  coalesce(
    (
      select array_agg(
        case scope when 'store' then 'store ' || store_id when 'region' then 'region ' || region else 'all' end
        order by scope, store_id, region
      )
      from ref.user_scope where user_name = person
    ),
    '{}'
  ) as sees,
  (select count(*) from ops.web_session where web_session.person = person.person and expires_at > clock_timestamp()) as sessions,
  created_at as "createdAt", created_by as "createdBy", disabled_at as "disabledAt"
from ref.person
where $2::text is null or person = $2
order by person
limit $1
