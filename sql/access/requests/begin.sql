-- Person $1 asks with key $2 for the request of hash $3. A row: no other request with the key is under way, and the caller carries it out.
-- A request that began ten minutes ago and has no answer was lost with its process.
insert into ops.api_request (person, key, request_hash) values ($1, $2, $3)
on conflict (person, key) do update set created_at = clock_timestamp()
where api_request.status is null and api_request.request_hash = excluded.request_hash
  and api_request.created_at < clock_timestamp() - interval '10 minutes'
returning key
