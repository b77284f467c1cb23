-- Whether the response of demand to prices is not of today. $1: as of.
select
  exists (select from state.price_answer)
  and not exists (select from state.price_response where learnt_on = ($1::timestamptz at time zone 'UTC')::date) as due
