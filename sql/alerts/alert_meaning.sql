-- Not a rule: the meaning of a rule for people, which is the comment of its function.
create or replace function ops.alert_meaning(rule ops.alert_rule) returns text
language sql stable
return coalesce(obj_description(to_regproc('ops.alert_' || rule.alert_type), 'pg_proc'), rule.meaning);
comment on function ops.alert_meaning is 'The meaning of a rule: the comment of its function, else the stored one.';
