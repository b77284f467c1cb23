-- Versions, newest first, each with its model's main metric beside the naive way's. $1 model or null, $2 how many
with main (model_name, metric, naive_candidate) as (
  values
    ('demand', 'wape', 'seasonal_naive'),
    ('anomalies', 'auc', 'robust_distance'),
    ('unusual_sales', 'auc', 'robust_distance'),
    ('slow_movers', 'brier', 'days_since_sale'),
    ('cross_sell', 'recall_10', 'popularity'),
    ('stock_targets', 'pinball', 'normal')
),

champion as (
  select distinct on (model_name) model_name, version
  from ops.model_alias_log
  where alias = 'champion'
  order by model_name, changed_at desc, change desc
),

figure as (
  select
    model_name,
    version,
    metric,
    naive_candidate,
    sum(value * rows) filter (where candidate = 'chosen') / sum(rows) filter (where candidate = 'chosen') as chosen,
    sum(value * rows) filter (where candidate = naive_candidate) / sum(rows) filter (where candidate = naive_candidate) as naive
  from ops.model_metric
  join main using (model_name, metric)
  where segment = 'all' and candidate in ('chosen', naive_candidate)
  group by model_name, version, metric, naive_candidate
)

select
  model.model_name as "model",
  model.version,
  champion.version is not null as "isChampion",
  model.created_at as "createdAt",
  model.trained_through::text as "trainedThrough",
  model.training_rows as "trainingRows",
  figure.metric,
  figure.chosen as value,
  figure.naive_candidate as "naiveWay",
  figure.naive as "naiveValue",
  model.decision
from ops.model_version as model
left join champion using (model_name, version)
left join figure using (model_name, version)
where $1::text is null or model.model_name = $1
order by model.model_name, model.version desc
limit $2
