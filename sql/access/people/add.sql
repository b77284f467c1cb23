-- A person who may sign in: $1 name, $2 role, $3 hash of the password or null, $4 who adds them. A name that is a login of the server
-- is refused, for the two would share what they see: no row then, as when the name is taken.
insert into ref.person (person, role, password_hash, created_by)
select $1::text, $2, $3, $4
where not exists (select from pg_roles where rolname = $1::text)
on conflict do nothing
