-- Which version of `unusual_sales` is champion and where it lies, and what was noted of who scores.
select version.version, version.artefact, scorer.model_version as noted, scorer.problem
from ops.model_alias_log as log
join ops.model_version as version using (model_name, version)
left join ops.anomaly_scorer as scorer on true
where model_name = 'unusual_sales' and alias = 'champion'
order by changed_at desc, change desc
limit 1
