delete from analytics.fact_slow_mover where measured_on = {date}
