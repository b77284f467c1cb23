select
  store_id, product_id, score, reason, reasons, sold_quantity::decimal(18, 6) as sold_quantity,
  usual_quantity::decimal(18, 6) as usual_quantity, model_version
from {predictions}
where {keep}
