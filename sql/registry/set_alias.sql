-- Points an alias at a version; no row comes back when there is no such version. $1 model, $2 alias, $3 version, $4 who, $5 why
insert into ops.model_alias_log (model_name, alias, version, changed_by, reason)
select model_name, $2, version, $4, $5 from ops.model_version where model_name = $1 and version = $3
returning change
