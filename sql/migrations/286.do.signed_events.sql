-- Events that change policies, suppliers and terms are signed from now on, and what was found of a signature is kept: keys change, and a
-- message that is read again has the same outcome. What streams had read by now had none, and counts as it did.
create table ops.judged_messages (
  topic text not null,
  partition integer not null,
  positions int8multirange not null default '{}',
  primary key (topic, partition)
);
comment on table ops.judged_messages is
  'Messages of which is known whether they are signed: all in these positions are, but for those of ops.unsigned_message.';
insert into ops.judged_messages (topic, partition, positions)
select topic, partition, int8multirange(int8range(0, max(position)))
from ops.stream_offsets
where topic in ('shelf_policies', 'warehouse_policies', 'replenishment_policies', 'supplier_catalog', 'supply_terms')
group by topic, partition;

create table ops.unsigned_message (
  topic text not null,
  partition integer not null,
  position bigint not null,
  why text not null,
  primary key (topic, partition, position)
);
comment on table ops.unsigned_message is 'Messages that were refused because no one with the right to it has signed them. Each is a dead letter.';
grant select, insert, update on ops.judged_messages to shelfline_app;
grant select, insert on ops.unsigned_message to shelfline_app;
