-- An activity that has succeeded, or is not retried. $1: the workflow, $2: its run, $3: the activity's number.
delete from ops.activity_retry where workflow_id = $1 and run_id = $2 and activity_id = $3
