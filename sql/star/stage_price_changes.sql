select store_id, product_id, event_at as valid_from, new_price as price, reason, promotion_id, is_synthetic
from {prices}
where not is_superseded and {keep}
