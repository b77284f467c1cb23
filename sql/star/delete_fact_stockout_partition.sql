delete from analytics.fact_stockout where stockout_date = {date} and not is_observed
