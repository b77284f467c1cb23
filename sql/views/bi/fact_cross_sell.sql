create or replace view bi.fact_cross_sell with (security_invoker = true) as
select
  listed_on, product_key, place, other_product_key, similarity::numeric(18, 6) as similarity, baskets, baskets_together, lift::numeric(18, 6) as lift, model_version,
  updated_at at time zone 'UTC' as updated_at
from analytics.fact_cross_sell;

comment on view bi.fact_cross_sell is 'For each product those that go into the same baskets, the nearest first.';
comment on column bi.fact_cross_sell.listed_on is 'The last day that was known; the load replaces it whole.';
comment on column bi.fact_cross_sell.product_key is 'Version of the product on the day.';
comment on column bi.fact_cross_sell.place is 'Place in the product''s list; 1 is the nearest.';
comment on column bi.fact_cross_sell.other_product_key is 'Version of the product that goes with it.';
comment on column bi.fact_cross_sell.similarity is 'Cosine of the two products'' vectors, at most 1.';
comment on column bi.fact_cross_sell.baskets is 'Baskets with the product among those that the model was trained on.';
comment on column bi.fact_cross_sell.baskets_together is 'Baskets with both among them; 0: only like baskets suggest it.';
comment on column bi.fact_cross_sell.lift is 'How many times as often both are bought together as by chance.';
comment on column bi.fact_cross_sell.model_version is 'Version of the model `cross_sell`.';
comment on column bi.fact_cross_sell.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
