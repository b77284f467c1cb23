delete from analytics.forecast_accuracy where target_date = {date}
