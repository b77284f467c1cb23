-- $1: store.
select category, running_days as "runningDays" from state.demand_pattern where store_id = $1
