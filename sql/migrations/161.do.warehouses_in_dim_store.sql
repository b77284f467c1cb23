-- A warehouse that takes orders is a place of its own, not a store that no catalogue knows.
alter table analytics.dim_store add column is_warehouse boolean not null default false;
comment on column analytics.dim_store.is_warehouse is 'A warehouse that refills stores, and no store.';
