select
  store_id, product_id, service_level, protection_days, daily_quantity::decimal(18, 6) as daily_quantity,
  demand_quantity::decimal(18, 6) as demand_quantity, target_quantity::decimal(18, 6) as target_quantity, rule, days_of_cover,
  on_hand_quantity::decimal(18, 6) as on_hand_quantity, on_hand_days_of_cover, model_version
from {predictions}
where {keep}
