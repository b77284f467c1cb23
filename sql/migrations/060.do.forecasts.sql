-- Forecasts: public holidays, and the registry of models.

create table ref.holidays (
  country text not null,
  holiday_date date not null,
  name text not null,
  primary key (country, holiday_date)
);
comment on table ref.holidays is 'Public holidays of the countries of stores, as their law sets them. A country without rows has none that we know.';
comment on column ref.holidays.country is 'As ref.stores has it.';
comment on column ref.holidays.holiday_date is 'The day of the feast itself; a substitute day off is a row of its own where the law has one.';
comment on column ref.holidays.name is 'English name.';

-- Easter Sunday by the Gregorian computus (Meeus 1991, Astronomical Algorithms, chapter 8).
create function ref.easter(year integer) returns date
  language sql immutable strict
  return (
    with golden as (select year % 19 as a, year / 100 as b, year % 100 as c),
    epact as (
      select a, b, c, (19 * a + b - b / 4 - (b - (b + 8) / 25 + 1) / 3 + 15) % 30 as h from golden
    ),
    sunday as (select a, h, (32 + 2 * (b % 4) + 2 * (c / 4) - h - c % 4) % 7 as l from epact),
    corrected as (select h + l - 7 * ((a + 11 * h + 22 * l) / 451) + 114 as n from sunday)
    select make_date(year, n / 31, n % 31 + 1) from corrected
  );
comment on function ref.easter(integer) is 'Easter Sunday of a year.';

-- The n-th weekday of a month, 1 is Monday; n = -1 is the last.
create function ref.nth_weekday(year integer, month integer, weekday integer, n integer) returns date
  language sql immutable strict
  return (
    select day::date
    from generate_series(
      make_date(year, month, 1)::timestamp, make_date(year, month, 1) + interval '1 month - 1 day', interval '1 day'
    ) as day
    where extract(isodow from day) = weekday
    order by case when n > 0 then day end, day desc
    offset abs(n) - 1
    limit 1
  );
comment on function ref.nth_weekday(integer, integer, integer, integer) is 'The n-th weekday (1 is Monday) of a month; n = -1 is the last.';

insert into ref.holidays (country, holiday_date, name)
select country, holiday_date, name
from generate_series(2009, 2030) as year
cross join lateral (
  values
    ('United Kingdom', make_date(year, 1, 1), 'New Year''s Day'),
    ('United Kingdom', ref.easter(year) - 2, 'Good Friday'),
    ('United Kingdom', ref.easter(year), 'Easter Sunday'),
    ('United Kingdom', ref.easter(year) + 1, 'Easter Monday'),
    ('United Kingdom', ref.nth_weekday(year, 5, 1, 1), 'Early May bank holiday'),
    ('United Kingdom', ref.nth_weekday(year, 5, 1, -1), 'Spring bank holiday'),
    ('United Kingdom', ref.nth_weekday(year, 8, 1, -1), 'Summer bank holiday'),
    ('United Kingdom', make_date(year, 12, 25), 'Christmas Day'),
    ('United Kingdom', make_date(year, 12, 26), 'Boxing Day'),
    ('United States', make_date(year, 1, 1), 'New Year''s Day'),
    ('United States', ref.nth_weekday(year, 1, 1, 3), 'Martin Luther King Jr. Day'),
    ('United States', ref.nth_weekday(year, 2, 1, 3), 'Presidents'' Day'),
    ('United States', ref.easter(year), 'Easter Sunday'),
    ('United States', ref.nth_weekday(year, 5, 1, -1), 'Memorial Day'),
    ('United States', make_date(year, 7, 4), 'Independence Day'),
    ('United States', ref.nth_weekday(year, 9, 1, 1), 'Labor Day'),
    ('United States', ref.nth_weekday(year, 11, 4, 4), 'Thanksgiving Day'),
    ('United States', make_date(year, 12, 25), 'Christmas Day')
) as feast (country, holiday_date, name)
on conflict do nothing;

create table ops.model_version (
  model_name text not null,
  version integer not null check (version > 0),
  created_at timestamptz not null default now(),
  trained_from date not null,
  trained_through date not null,
  artefact text not null,
  code_version text not null,
  seed integer not null,
  parameters jsonb not null,
  inputs jsonb not null,
  training_rows bigint not null,
  duration_ms bigint not null,
  workflow_id text not null,
  decision text not null,
  primary key (model_name, version)
);
comment on table ops.model_version is 'Every model that was trained: from what, how, and where it lies.';
comment on column ops.model_version.model_name is 'The model, e.g. demand.';
comment on column ops.model_version.version is 'Counts up from 1 for each model.';
comment on column ops.model_version.created_at is 'When it was registered.';
comment on column ops.model_version.trained_from is 'The first day whose features it was trained on.';
comment on column ops.model_version.trained_through is 'The last day of whose sales it was trained on.';
comment on column ops.model_version.artefact is 'Folder in the bucket; the boosters in it are XGBoost''s own JSON.';
comment on column ops.model_version.code_version is 'Hash over the statements of its features and the code around them.';
comment on column ops.model_version.seed is 'Seed of everything that is drawn at random.';
comment on column ops.model_version.parameters is 'What was chosen: objective, rounds and further parameters by horizon block.';
comment on column ops.model_version.inputs is 'By lake table: the version that was read.';
comment on column ops.model_version.training_rows is 'Rows of the final training, over its horizon blocks.';
comment on column ops.model_version.duration_ms is 'Milliseconds that reading, validation and training took.';
comment on column ops.model_version.workflow_id is 'Temporal workflow that trained it.';
comment on column ops.model_version.decision is 'Why it was promoted, or was not.';
revoke update, delete, truncate on ops.model_version from shelfline_app;

create table ops.model_metric (
  model_name text not null,
  version integer not null,
  candidate text not null,
  segment text not null,
  horizon text not null,
  metric text not null,
  value double precision not null,
  rows bigint not null,
  primary key (model_name, version, candidate, segment, horizon, metric),
  foreign key (model_name, version) references ops.model_version
);
comment on table ops.model_metric is 'How well each candidate forecast days that it was not trained on, when a version was trained.';
comment on column ops.model_metric.candidate is 'chosen is what the version forecasts with; the others are what it could have been.';
comment on column ops.model_metric.segment is 'Demand class of the series, or all.';
comment on column ops.model_metric.horizon is 'Days ahead, e.g. 1-7, or all.';
comment on column ops.model_metric.metric is 'wape, bias, mase, rmse, pinball or coverage_80.';
comment on column ops.model_metric.value is 'The metric''s value.';
comment on column ops.model_metric.rows is 'Forecasts that it is over.';
revoke update, delete, truncate on ops.model_metric from shelfline_app;

create table ops.model_alias_log (
  change bigint generated always as identity primary key,
  model_name text not null,
  alias text not null check (alias in ('champion')),
  version integer not null,
  changed_at timestamptz not null default now(),
  changed_by text not null,
  reason text not null,
  foreign key (model_name, version) references ops.model_version
);
comment on table ops.model_alias_log is 'Which version an alias has named since when. Append-only: the newest row counts, and an older one answers for its time.';
comment on column ops.model_alias_log.changed_by is 'A person, or the workflow that trained it.';
revoke update, delete, truncate on ops.model_alias_log from shelfline_app;
create index model_alias_log_newest on ops.model_alias_log (model_name, alias, changed_at desc, change desc);

comment on column analytics.fact_forecast.forecast_date is 'The last day that the forecast knew: it was made on the morning after. The load replaces this day whole.';
comment on column bi.fact_forecast.forecast_date is 'The last day that the forecast knew: it was made on the morning after. The load replaces this day whole.';
