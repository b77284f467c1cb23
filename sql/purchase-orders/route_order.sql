-- Sets who has to approve an order. $1: the order, $2: the tier's from_value, $3: risks.
update ops.purchase_order as orders
set
  risks = $3,
  approval_role = tier.role,
  approvals_needed = tier.minimum_approvers,
  escalates_after = tier.escalate_after,
  expires_after = tier.expires_after,
  waits_since = clock_timestamp(),
  expires_at = ops.now() + tier.expires_after,
  escalated_at = null
from ref.approval_tier as tier
where purchase_order_id = $1 and tier.from_value = $2
