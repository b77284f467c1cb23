-- Who may approve one order is asked for that order alone: its approvers were made for every order that there ever was, because a part of
-- the view that is named twice is made as a whole unless it is said otherwise.
create or replace view ops.purchase_order_approver as
with standing as (
  select person, person as on_behalf_of, role, location_id from ref.approver
  union
  select delegate_to, person, role, location_id from ref.approver where delegate_until > ops.now()
),
ranked as (
  select standing.*, tier.rank
  from standing
  left join (select role, max(from_value) as rank from ref.approval_tier where role is not null group by role) as tier using (role)
),
entitled as not materialized (
  select
    purchase_order_id,
    person,
    on_behalf_of,
    ranked.role,
    coalesce(
      rank >= (select max(from_value) from ref.approval_tier as tier where tier.role = orders.approval_role), false
    ) as may_approve
  from ops.purchase_order as orders
  join ranked on ranked.location_id is null or ranked.location_id = orders.location_id
)
select * from entitled
union
select entitled.purchase_order_id, action.detail ->> 'to', entitled.on_behalf_of, entitled.role, entitled.may_approve
from ops.purchase_order_action as action
join entitled on entitled.purchase_order_id = action.purchase_order_id and entitled.person = action.acted_by
where action.action = 'delegate';

-- The few lines that came short or damaged, among all that there ever were.
create index purchase_order_lines_short on ops.purchase_order_line (purchase_order_id)
  where damaged_quantity + cancelled_quantity > 0;
