select
  store_id, product_id, target_date, model_name, model_version, mean::decimal(18, 6) as mean_quantity,
  deviation::decimal(18, 6) as deviation_quantity,
  q10::decimal(18, 6) as p10_quantity, q50::decimal(18, 6) as p50_quantity, q90::decimal(18, 6) as p90_quantity
from {predictions}
where {keep}
