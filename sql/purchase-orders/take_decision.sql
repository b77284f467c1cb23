-- The decision $1 about order $2, to do step $4 with the Update's input $5, taken by the request $3: the same request may take it again.
-- None: it is unknown or about something else, another request has taken it, or it was asked for longer than ten minutes ago.
update ops.order_decision
set taken_at = coalesce(taken_at, clock_timestamp()), taken_by = $3
where decision_id = $1 and purchase_order_id = $2 and step = $4 and input = $5::jsonb - 'decision' and coalesce(taken_by, $3) = $3
  and (taken_by is not null or asked_at > clock_timestamp() - interval '10 minutes')
returning input, person, proof
