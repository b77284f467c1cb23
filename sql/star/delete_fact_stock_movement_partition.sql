delete from analytics.fact_stock_movement where movement_date = {date}
