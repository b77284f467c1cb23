select activity, count(*)::integer as count from ops.activity_retrying where is_alerting group by activity
