-- What an earlier run has made of the days up to $1.
select
  exists (select from ops.model_version where model_name = 'demand' and trained_through = $1) as "isTrained",
  exists (
    select from ops.partition_ledger where asset = 'fact_forecast' and date = $1 and status = 'succeeded'
  ) as "isForecast"
