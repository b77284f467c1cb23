-- Transfers are approved or denied, in the same words as orders.
alter table ops.transfer_proposal
  drop constraint transfer_proposal_state_check,
  drop constraint a_refusal_has_a_reason,
  drop constraint what_is_over_is_closed;

update ops.transfer_proposal
set state = case state when 'accepted' then 'approved' else 'denied' end
where state in ('accepted', 'refused');

alter table ops.transfer_proposal
  add constraint transfer_proposal_state_check check (
    state in ('proposed', 'approved', 'denied', 'expired', 'shipped', 'received')
  ),
  add constraint a_denial_has_a_reason check (state <> 'denied' or (reason_code is not null and decided_by is not null)),
  add constraint what_is_over_is_closed check ((closed_at is not null) = (state in ('denied', 'expired', 'received')));

comment on column ops.transfer_proposal.state is
  'proposed; approved: leaves within a minute; denied; expired: nobody decided, or nothing was left to move; shipped; received.';
comment on column ops.transfer_proposal.decided_by is 'Who approved or denied it.';
comment on column ops.transfer_proposal.reason_code is 'Why it was denied, see ref.edit_reason.';
comment on column bi.transfers.state is 'proposed, approved, denied, expired, shipped or received.';
comment on column bi.transfers.decided_by is 'Who approved or denied it.';
comment on column bi.transfers.reason_code is 'Why it was denied.';
