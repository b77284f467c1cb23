-- Claims a day of a store, until the transaction ends; no row: it is learnt. $1 store, $2 day.
insert into state.price_learnt as learnt (store_id, learnt_through) values ($1, $2)
on conflict (store_id) do update set learnt_through = excluded.learnt_through where learnt.learnt_through < excluded.learnt_through
returning store_id
