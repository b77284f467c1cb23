-- A message in the outbox is written once and read once: as text it need not be taken apart for that.
drop function ops.emit;
alter table ops.outbox alter column payload type json using payload::json;

create function ops.emit(topic text, key text, payload jsonb) returns void
language sql volatile
begin atomic
  insert into ops.outbox (topic, key, payload) values (emit.topic, emit.key, emit.payload::json);
end;
comment on function ops.emit is 'Sends a message to Kafka if and when this transaction commits.';
