-- Takes a map over: from now on no earlier worker writes. $1 its name, $2 the id of the topic, $3 the first offset of its log,
-- for a map that has read nothing yet.
insert into ops.cdc_stream as stream (map_id, epoch, topic_id, position)
values ($1, 1, $2, $3)
on conflict (map_id) do update set epoch = stream.epoch + 1
returning
  epoch, topic_id as "topicId", slice, position, is_settled as "isSettled", snapshot_from as "snapshotFrom",
  (before_slice ->> 'position')::bigint as "positionBefore", (before_slice ->> 'snapshot_from')::bigint as "snapshotBefore"
