delete from analytics.fact_anomaly where anomaly_date = {date}
