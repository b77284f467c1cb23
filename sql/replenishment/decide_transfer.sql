-- Approves or denies a proposed transfer, if it still waits and the person may decide about it; else no row comes back.
-- $1 transfer, $2 approved or denied, $3 who, $4 reason code, $5 reason.
update ops.transfer_proposal
set
  state = $2, decided_by = $3, decided_at = ops.now(), reason_code = $4, reason = $5, updated_at = ops.now(),
  closed_at = case when $2 = 'denied' then ops.now() end
where transfer_id = $1 and state = 'proposed' and expires_at > ops.now()
  and exists (select from ops.transfer_approver as approver where approver.transfer_id = $1 and person = $3)
returning transfer_id
