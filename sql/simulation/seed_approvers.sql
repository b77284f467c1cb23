-- $1: people, $2: their role, $3: for these warehouses.
insert into ref.approver (person, role, location_id, changed_by)
select person, $2, warehouse, 'simulation'
from unnest($1::text[]) as person
cross join unnest($3::text[]) as warehouse
on conflict do nothing
