-- What became of messages that were set aside, after a round was sent. $1 the topic, $2 unsent_ids that were sent, $3 unsent_ids in
-- place of which the round had a newer record, $4 the keys that were sent, $5 whether the topic is compacted: there a newer record
-- takes the place of one that was set aside.
update ops.unsent_message as unsent
set
  status = case when unsent_id = any ($2::bigint[]) then 'sent' else 'superseded' end,
  settled_at = clock_timestamp()
where relay = 'outbox' and topic = $1 and settled_at is null
  and (
    unsent_id = any ($2::bigint[])
    or unsent_id = any ($3::bigint[])
    or ($5 and status = 'open' and key = any ($4::text[]))
  )
