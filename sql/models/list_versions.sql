-- Versions, newest first, each with its error beside the seasonal naive forecast's. $1 model or null, $2 how many
with champion as (
  select distinct on (model_name) model_name, version
  from ops.model_alias_log
  where alias = 'champion'
  order by model_name, changed_at desc, change desc
),

error as (
  select
    model_name,
    version,
    candidate,
    sum(value * rows) / sum(rows) as wape
  from ops.model_metric
  where metric = 'wape' and segment = 'all' and candidate in ('chosen', 'seasonal_naive')
  group by model_name, version, candidate
)

select
  model.model_name as "model",
  model.version,
  champion.version is not null as "isChampion",
  model.created_at as "createdAt",
  model.trained_through::text as "trainedThrough",
  model.training_rows as "trainingRows",
  chosen.wape,
  naive.wape as "naiveWape",
  model.decision
from ops.model_version as model
left join champion using (model_name, version)
left join error as chosen
  on chosen.model_name = model.model_name and chosen.version = model.version and chosen.candidate = 'chosen'
left join error as naive
  on naive.model_name = model.model_name and naive.version = model.version and naive.candidate = 'seasonal_naive'
where $1::text is null or model.model_name = $1
order by model.model_name, model.version desc
limit $2
