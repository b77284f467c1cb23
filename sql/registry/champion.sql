-- What an alias names: now, or what it named at an instant. $1 model, $2 alias, $3 instant or null
select log.version, version.artefact, version.trained_through::text as "trainedThrough"
from ops.model_alias_log as log
join ops.model_version as version using (model_name, version)
where model_name = $1 and alias = $2 and ($3::timestamptz is null or changed_at <= $3)
order by changed_at desc, change desc
limit 1
