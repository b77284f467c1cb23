-- Times of day on the days on which clocks change. A clock that is put back shows a time twice: it counts when it is shown
-- first. A clock that is put forward leaves a time out: it counts as much later as the clock was put forward (RFC 5545).

create function ref.first_instant_of(local timestamp, zone text) returns timestamptz
  language sql stable parallel safe
  return (
    select coalesce(min(instant) filter (where instant at time zone zone = local), local at time zone zone)
    from (
      select local at time zone zone - earlier as instant
      from (values (interval '0'), (interval '30 minutes'), (interval '1 hour'), (interval '2 hours')) as change (earlier)
    ) as candidate
  );
comment on function ref.first_instant_of is
  'The first instant at which a clock in the zone shows this time; of a time that it leaves out, as much later as it is put forward.';

create or replace function ref.after_quiet_hours(at timestamptz, quiet_from time, quiet_until time, zone text)
returns timestamptz
  language sql stable
  return (
    select coalesce(max(ends_at), at)
    from (
      select
        ref.first_instant_of(day + quiet_from, zone) as begins_at,
        ref.first_instant_of(day + case when quiet_until <= quiet_from then 1 else 0 end + quiet_until, zone) as ends_at
      from (
        select (at at time zone zone)::date - 1 as day
        union all
        select (at at time zone zone)::date
      ) as evening
    ) as quiet
    where at >= begins_at and at < ends_at
  );

create or replace function ref.next_time_of_day(at timestamptz, time_of_day time, zone text) returns timestamptz
  language sql stable
  return (
    select min(instant)
    from (
      select ref.first_instant_of((at at time zone zone)::date + time_of_day, zone) as instant
      union all
      select ref.first_instant_of((at at time zone zone)::date + 1 + time_of_day, zone)
    ) as next
    where instant > at
  );
comment on function ref.next_time_of_day is
  'The next instant after `at` at which a clock in the zone shows this time of day for the first time.';

-- Its columns change; sql/alerts/unusual_hours.sql makes it anew.
drop function if exists ops.unusual_hours(timestamptz);
