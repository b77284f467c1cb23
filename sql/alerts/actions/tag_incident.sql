-- Remembers a time that was not as usual. $1 store or null, $2 from, $3 until, $4 why, $5 who.
insert into ops.incident (store_id, starts_at, ends_at, why, tagged_by) values ($1, $2, $3, $4, $5)
returning incident_id
