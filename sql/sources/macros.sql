-- A number from 0 to 2^63 - 1 that depends on the seed and the given names only. MD5, so that no release of DuckDB changes it.
create or replace macro seeded
  (kind, a) as (md5_number_lower(concat_ws('|', getvariable('seed'), kind, a)) >> 1)::bigint,
  (kind, a, b) as (md5_number_lower(concat_ws('|', getvariable('seed'), kind, a, b)) >> 1)::bigint,
  (kind, a, b, c) as (md5_number_lower(concat_ws('|', getvariable('seed'), kind, a, b, c)) >> 1)::bigint;

create or replace macro offset_text(seconds) as
  if(seconds < 0, '-', '+') || lpad((abs(seconds) // 3600)::varchar, 2, '0')
    || ':' || lpad((abs(seconds) % 3600 // 60)::varchar, 2, '0');

-- RFC 3339 with the zone's own offset at that instant.
create or replace macro instant_text(happened_at, zone) as
  strftime(timezone(zone, happened_at), '%Y-%m-%dT%H:%M:%S')
    || offset_text((epoch(timezone(zone, happened_at)) - epoch(happened_at))::bigint);

-- The same with microseconds, where there are any.
create or replace macro exact_instant_text(happened_at, zone) as
  if(
    epoch_us(happened_at) % 1000000 = 0,
    strftime(timezone(zone, happened_at), '%Y-%m-%dT%H:%M:%S'),
    strftime(timezone(zone, happened_at), '%Y-%m-%dT%H:%M:%S.%f')
  ) || offset_text((epoch(timezone(zone, date_trunc('second', happened_at))) - epoch(date_trunc('second', happened_at)))::bigint);

-- Decimal text without a tail of zeros.
create or replace macro plain_decimal(amount) as
  regexp_replace(regexp_replace(amount::varchar, '(\.\d*?)0+$', '\1'), '\.$', '');

-- The same of text, also with the exponent that Java writes of zeros and of large round numbers. What is no such decimal stays as it is.
create or replace macro exact_decimal(said) as
  if(
    regexp_full_match(said, '-?\d{1,19}(\.\d{1,19})?|-?\d{1,9}(\.\d{1,9})?E\+\d{1,2}|0E-\d{1,2}'),
    coalesce(plain_decimal(try_cast(said as decimal(38, 19))), said),
    said
  );
