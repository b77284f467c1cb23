-- Takes the given scopes from a user, by position; without any, all that they have.
delete from ref.user_scope as held
where
  user_name = $1
  and (
    cardinality($2::text[]) = 0
    or exists (
      select from unnest($2::text[], $3::text[], $4::text[]) as unwanted (scope, store_id, region)
      where
        unwanted.scope = held.scope
        and unwanted.store_id is not distinct from held.store_id
        and unwanted.region is not distinct from held.region
    )
  );
