-- One worker at a time sends to a topic: two would mix up the order. $1 the relay, $2 the topic.
select pg_try_advisory_xact_lock(hashtextextended(concat_ws('/', 'ops.relay', $1::text, $2::text), 0)) as is_mine
