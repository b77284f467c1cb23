-- A review of each week, beside the summary of each day.
alter table ref.notification_route drop constraint notification_route_kinds_check;
alter table ref.notification_route add constraint notification_route_kinds_check
  check (cardinality(kinds) > 0 and kinds <@ array['alert', 'approval', 'summary', 'review']);
comment on column ref.notification_route.kinds is
  'alert, approval (purchase orders that wait for one), summary (each morning, the day before in the store) and review (on Mondays, the week before).';
comment on column ref.notification_route.digest_at is 'The time of day of digest, summary and review.';

alter table ops.notification drop constraint notification_kind_check;
alter table ops.notification add constraint notification_kind_check
  check (kind in ('immediate', 'digest', 'approval', 'summary', 'review', 'test'));
comment on column ops.notification.kind is 'immediate and digest tell alerts; approval, summary, review, test.';

alter table ops.notification_cause drop constraint notification_cause_kind_check;
alter table ops.notification_cause add constraint notification_cause_kind_check
  check (kind in ('immediate', 'digest', 'approval', 'summary', 'review'));
comment on column ops.notification_cause.cause is
  'alert/<number>/<severity>/<times that somebody acted on it>, approval/<order>/<new or escalated>, summary/<day>, or review/<Monday>.';
