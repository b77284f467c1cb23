delete from analytics.fact_foot_traffic where traffic_date = {date}
