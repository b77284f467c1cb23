-- Person $1 may sign in no more ($2), or may again. Their sessions end.
with changed as (
  update ref.person
  set disabled_at = case when $2 then coalesce(disabled_at, clock_timestamp()) end
  where person = $1
  returning person
),

ended as (
  delete from ops.web_session where person in (select person from changed)
)

select person from changed
