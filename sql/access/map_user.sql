-- Maps user $1 of a machine to person $2, as $3 decided; a user who is another person stays that one.
with known as (
  select person from ref.person where person = $2
),

mapped as (
  insert into ref.machine_user (machine_user, person, changed_by)
  select $1, person, $3 from known
  on conflict (machine_user) do nothing
)

select
  exists (select from known) as "isKnown", (select person from ref.machine_user where machine_user = $1 and person <> $2) as other
