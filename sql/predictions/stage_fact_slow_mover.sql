select
  store_id, product_id, probability, horizon_days, days_since_sale, aging, on_hand_quantity::decimal(18, 6) as on_hand_quantity,
  unit_value::decimal(18, 6) as unit_value, valued_at,
  (on_hand_quantity::decimal(18, 6) * unit_value::decimal(18, 6))::decimal(24, 6) as tied_up_amount, model_version
from {predictions}
where {keep} and is_slow
