-- The stores or products that a day's rows name: the members that a dimension must hold for its facts.
select distinct {id} as member_id from (
  {named}
) where {id} is not null
