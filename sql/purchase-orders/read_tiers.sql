select
  from_value::float8 as "fromValue",
  minimum_approvers as "minimumApprovers",
  role,
  (extract(epoch from escalate_after) * 1000)::float8 as "escalateAfterMs",
  (extract(epoch from expires_after) * 1000)::float8 as "expiresAfterMs"
from ref.approval_tier
