-- Kafka took a send to a topic again. $1 the relay, $2 the topic.
delete from ops.relay_problem where relay = $1 and topic = $2
