-- Stores and products as the catalogue topics tell them: the newest record per key, and every version that was.

create table ref.stores (
  store_id text primary key,
  name text not null,
  region text not null,
  time_zone text not null,
  country text not null,
  currency text not null,
  recorded_at timestamptz not null,
  updated_at timestamptz not null default now()
);
comment on table ref.stores is 'Stores; the newest record of store_catalog.';

create table ref.products (
  product_id text primary key,
  name text not null,
  category text,
  department text,
  brand text,
  package_size text,
  recorded_at timestamptz not null,
  updated_at timestamptz not null default now()
);
comment on table ref.products is 'Products; the newest record of product_catalog.';

create table ref.product_versions (
  product_id text not null,
  valid_from timestamptz not null,
  name text not null,
  category text,
  department text,
  brand text,
  package_size text,
  primary key (product_id, valid_from)
);
comment on table ref.product_versions is 'Every version of a product that differed from the one before; dim_product is made from it.';
