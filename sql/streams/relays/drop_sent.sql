-- Messages of the outbox that are done with: sent, or set aside. $1 the topic, $2 their ids.
delete from ops.outbox where topic = $1 and outbox_id = any ($2)
