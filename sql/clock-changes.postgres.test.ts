/**
 * Every rule that computes with a store's own time, over every change of clocks of two years. What a clock shows is taken from
 * the platform (`platform/testing-clocks.ts`), not from PostgreSQL.
 */
import { DAY_MS } from '../contracts/calendar.ts'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { statement } from '../platform/postgres/sql.ts'
import {
  changesOfTwoYears,
  clockChanges,
  dayAfter,
  firstShown,
  hoursShown,
  type ShownHour,
  shown,
  shownMs,
} from '../platform/testing-clocks.ts'
import { createJobsDatabase, type JobsDatabase, seedShelf } from './jobs/testing.ts'

const STORE = 'clock'
const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

let database: JobsDatabase
beforeAll(async () => {
  database = await createJobsDatabase()
})
afterAll(() => database?.close())

const iso = (atMs: number): string => new Date(atMs).toISOString()
const range = (fromMs: number, untilMs: number, stepMs: number): number[] =>
  Array.from({ length: Math.ceil((untilMs - fromMs) / stepMs) }, (_, index) => fromMs + index * stepMs)

async function seedTea(): Promise<void> {
  const known = await database.rows('select from ref.shelves where store_id = $1 and product_id = $2', [STORE, 'tea'])
  if (known.length === 0) await seedShelf(database, { store: STORE })
}

test('finds the changes that there were', () => {
  expect(changesOfTwoYears.map(({ zone, day, minutes }) => `${zone} ${day} ${minutes}`)).toEqual([
    'Europe/London 2025-03-30 60', 'Europe/London 2025-10-26 -60',
    'Europe/London 2026-03-29 60', 'Europe/London 2026-10-25 -60',
    'America/New_York 2025-03-09 60', 'America/New_York 2025-11-02 -60',
    'America/New_York 2026-03-08 60', 'America/New_York 2026-11-01 -60',
    'Australia/Lord_Howe 2025-04-06 -30', 'Australia/Lord_Howe 2025-10-05 30',
    'Australia/Lord_Howe 2026-04-05 -30', 'Australia/Lord_Howe 2026-10-04 30',
    // Midnight of the eighteenth came an hour after the clock had shown 23:59 for the first time.
    'America/Sao_Paulo 2018-02-17 -60', 'America/Sao_Paulo 2018-11-04 60', 'America/Sao_Paulo 2019-02-16 -60',
  ])
})

describe.each(['Europe/London', 'America/New_York', 'Australia/Lord_Howe', 'America/Sao_Paulo'])('%s', (zone) => {
  test('PostgreSQL knows the day, the hour and the offset of every half-hour of the years', async () => {
    const years = zone === 'America/Sao_Paulo' ? [2018, 2019, 2025, 2026] : [2025, 2026]
    for (const year of years) {
      const instants = range(Date.UTC(year, 0), Date.UTC(year + 1, 0), HOUR_MS / 2)
      const rows = await database.rows<{ text: string; date: string; hour: number }>(
        `select ops.local_instant(instant, $2) as text, (instant at time zone $2)::date as date,
           extract(hour from instant at time zone $2)::integer as hour
         from unnest($1::timestamptz[]) with ordinality as given (instant, position) order by position`,
        [instants.map(iso), zone],
      )
      const wrong = rows.filter(({ text, date, hour }, index) => {
        const local = shown(instants[index]!, zone)
        const isSame = Date.parse(text) === instants[index] && text.startsWith(local)
        return !isSame || date !== local.slice(0, 10) || hour !== Number(local.slice(11, 13))
      })
      expect(wrong).toEqual([])
    }
  })
})

describe.each(changesOfTwoYears)('$zone, $day ($minutes min)', ({ zone, atMs, minutes }) => {
  const aroundMs = range(atMs - 27 * HOUR_MS, atMs + 27 * HOUR_MS, 15 * MINUTE_MS)
  /** For rules that are run one instant after another: every quarter about the change, else every three hours. */
  const runsMs = aroundMs.filter(
    (instant) => Math.abs(instant - atMs) <= 3 * HOUR_MS || (instant - atMs) % (3 * HOUR_MS) === 0,
  )
  const days = [...new Set(aroundMs.map((instant) => shown(instant, zone).slice(0, 10)))]

  beforeEach(async () => {
    await database.rows(
      `insert into ref.stores (store_id, name, region, time_zone, country, currency, recorded_at)
       values ($1, $1, 'east', $2, 'GB', 'GBP', now())
       on conflict (store_id) do update set time_zone = excluded.time_zone`,
      [STORE, zone],
    )
  })

  test('every time of day has its first instant, and a day begins at midnight', async () => {
    const times = days
      .slice(1, -1)
      .flatMap((date) =>
        range(0, DAY_MS, 15 * MINUTE_MS).map((ms) => `${date}T${new Date(ms).toISOString().slice(11, 16)}`),
      )
    const rows = await database.rows<{ instant: Date }>(
      `select ref.first_instant_of(local, $2) as instant
       from unnest($1::timestamp[]) with ordinality as given (local, position) order by position`,
      [times, zone],
    )
    expect(rows.map(({ instant }) => instant.toISOString())).toEqual(times.map((local) => iso(firstShown(local, zone))))
    const lengths = days
      .slice(0, -1)
      .map((date) => firstShown(`${dayAfter(date)}T00:00`, zone) - firstShown(`${date}T00:00`, zone))
    expect(lengths.filter((length) => length !== DAY_MS)).toEqual([DAY_MS - minutes * MINUTE_MS])
  })

  test.each([
    ['22:00', '07:00'],
    ['23:30', '01:30'],
    ['00:15', '01:45'],
    ['01:15', '02:45'],
    ['12:00', '13:00'],
  ])('quiet hours from %s to %s end once a day', async (from, until) => {
    const evenings = [dayAfter(days[0]!, -1), ...days]
    const quiet = evenings.map((date) => ({
      begins: firstShown(`${date}T${from}`, zone),
      ends: firstShown(`${until <= from ? dayAfter(date) : date}T${until}`, zone),
    }))
    const rows = await database.rows<{ due: Date }>(
      `select ref.after_quiet_hours(instant, $2, $3, $4) as due
       from unnest($1::timestamptz[]) with ordinality as given (instant, position) order by position`,
      [aroundMs.map(iso), from, until, zone],
    )
    const expected = aroundMs.map((at) => iso(quiet.find(({ begins, ends }) => at >= begins && at < ends)?.ends ?? at))
    expect(rows.map(({ due }) => due.toISOString())).toEqual(expected)
  })

  test.each(['00:00', '00:30', '01:30', '02:15', '07:30', '23:30'])(
    'a digest at %s is due once a day',
    async (time) => {
      const rows = await database.rows<{ due: Date }>(
        `select ref.next_time_of_day(instant, $2, $3) as due
       from unnest($1::timestamptz[]) with ordinality as given (instant, position) order by position`,
        [aroundMs.map(iso), time, zone],
      )
      const digests = [...days, dayAfter(days.at(-1)!)].map((date) => firstShown(`${date}T${time}`, zone))
      expect(rows.map(({ due }) => due.toISOString())).toEqual(
        aroundMs.map((at) => iso(digests.find((digest) => digest > at)!)),
      )
    },
  )

  test('a summary is made once a day, when its time has come', async () => {
    const times = ['00:30', '01:30', '02:30', '23:30']
    await database.rows(
      `insert into ref.notification_route (route_id, channel, address, role, store_ids, kinds, minimum_severity,
         immediate_from, digest_at, time_zone, changed_by)
       select time, 'email', 'maria@example.org', 'store_manager', '{clock}', '{summary}', 'info', 'info', time::time, $2, 'test'
       from unnest($1::text[]) as time`,
      [times, zone],
    )
    const looksMs = runsMs.filter((at) => at % (HOUR_MS / 2) === 0)
    for (const at of looksMs) await database.rows(statement('notifications/compose_summaries.sql'), [iso(at), 10])
    const made = await database.rows<{ route_id: string; cause: string; due_at: Date }>(
      `with cause as (delete from ops.notification_cause returning route_id, cause, due_at)
       select * from cause order by route_id, due_at`,
    )
    await database.rows('delete from ops.notification')
    await database.rows('delete from ref.notification_route')
    const expected = times.flatMap((time) =>
      days.flatMap((date) => {
        // A time that is left out of a clock is passed when it is put forward.
        const at = looksMs.find((look) => shown(look, zone).startsWith(date) && shown(look, zone).slice(11) >= time)
        return at === undefined
          ? []
          : [{ route_id: time, cause: `summary/${dayAfter(date, -1)}`, due_at: new Date(at) }]
      }),
    )
    expect(made).toEqual(expected)
  })

  test('a cut-off is passed once', async () => {
    const cutOffs = ['00:30', '01:30', '02:15', '11:00']
    await database.rows('delete from ref.supply_terms')
    await database.rows('delete from ref.suppliers')
    await database.rows(
      `insert into ref.suppliers (supplier_id, name, adapter, order_weekdays, cut_off, time_zone, lead_time_days, currency, recorded_at)
       select cut_off, 'A', 'simulator', '{1,2,3,4,5,6,7}', cut_off::time, $2, 2, 'GBP', now() from unnest($1::text[]) as cut_off`,
      [cutOffs, zone],
    )
    await database.rows(
      `insert into ref.supply_terms (terms_id, location_id, product_id, supplier_id, unit_cost, pack_size, preference, recorded_at)
       select '*/p' || cut_off || '/' || cut_off, null, 'p' || cut_off, cut_off, 1, 1, 1, now() from unnest($1::text[]) as cut_off`,
      [cutOffs],
    )
    await database.rows(
      `insert into ref.shelves (store_id, product_id, shelf_id, capacity, unit_weight, warehouse_id, recorded_at)
       select $2, 'p' || cut_off, 'A1', 20, 0.5, 'w1', now() from unnest($1::text[]) as cut_off
       on conflict do nothing`,
      [cutOffs, STORE],
    )
    const wrong: string[] = []
    for (const at of runsMs) {
      const date = shown(at, zone).slice(0, 10)
      const rows = await database.rows<{ isPastCutOff: boolean }>(statement('replenishment/read_suppliers.sql'), [
        'w1', date, null, iso(at),
      ])
      const expected = cutOffs.map((cutOff) => at > firstShown(`${date}T${cutOff}`, zone))
      if (JSON.stringify(rows.map(({ isPastCutOff }) => isPastCutOff)) !== JSON.stringify(expected)) {
        wrong.push(shown(at, zone))
      }
    }
    expect(wrong).toEqual([])
  })

  test('what is left of a day belongs to the day before, and is over at its midnight', async () => {
    await database.rows('delete from state.basket')
    const [{ visit_seconds: visitSeconds }] = (await database.rows<{ visit_seconds: number }>(
      'select visit_seconds from ref.policy_default',
    )) as [{ visit_seconds: number }]
    for (const date of days.slice(0, -1)) {
      const midnight = firstShown(`${dayAfter(date)}T00:00`, zone)
      await database.rows(
        `insert into state.basket (visit_date, store_id, product_id, customer_id, picked, sold, last_pick_at, last_event_at)
         values ($1, $2, 'tea', '', 1, 0, $3, $3)`,
        [date, STORE, iso(midnight - 3 * HOUR_MS)],
      )
      const dueMs = midnight + visitSeconds * 1000
      expect(await database.run('declare_shrinkage', iso(dueMs - MINUTE_MS))).toBe(0)
      expect(await database.run('declare_shrinkage', iso(dueMs))).toBe(1)
    }
  })

  test('a lot is sold until midnight of its last day', async () => {
    await seedTea()
    await database.rows(`update state.shelf set refilled = 10 where store_id = '${STORE}'`)
    const expired = async (atMs: number) =>
      (await database.rows(`select from ops.alert_expired_on_shelf($1)`, [iso(atMs)])).length
    for (const date of days.slice(0, -1)) {
      await database.rows('delete from state.shelf_lot')
      await database.rows('delete from ops.removal')
      await database.rows(
        `insert into state.shelf_lot (store_id, product_id, batch_id, refilled, removed, expires_on, received_on, last_event_on)
         values ($1, 'tea', 'b1', 10, 0, $2, $2, $2)`,
        [STORE, date],
      )
      const midnight = firstShown(`${dayAfter(date)}T00:00`, zone)
      expect([await expired(midnight - MINUTE_MS), await expired(midnight)]).toEqual([0, 1])
      expect(await database.run('remove_expired', iso(midnight - MINUTE_MS))).toBe(0)
      expect(await database.run('remove_expired', iso(midnight))).toBe(1)
      const [sent] = await database.sent('shelf_events')
      expect(sent!.event_at).toBe(`${dayAfter(date)}${String(sent!.event_at).slice(10)}`)
    }
    await database.rows('delete from state.shelf_lot')
  })

  test('rates are of the day that the clock shows', async () => {
    const wrong: string[] = []
    for (const at of runsMs) {
      await database.run('refresh_sales_rates', iso(at), 5_000)
      const [row] = await database.rows<{ rate_date: string }>(
        `select rate_date from ops.sales_rate_day where store_id = '${STORE}'`,
      )
      if (row!.rate_date !== shown(at, zone).slice(0, 10)) wrong.push(shown(at, zone))
    }
    expect(wrong).toEqual([])
  })

  test('events count in the window and the hour that the clock showed', async () => {
    const topic = 'foot_traffic'
    const days = await database.rows<{ day: string }>(
      `select distinct instant::date as day from unnest($1::timestamptz[]) as instant`,
      [aroundMs.map(iso)],
    )
    await database.rows(`select state.ensure_days('{sales_hour,sales_window,window_event}', $1)`, [
      days.flatMap(({ day }) => [dayAfter(day, -1), day]),
    ])
    const [{ texts }] = (await database.rows<{ texts: string[] }>(
      'select array_agg(ops.local_instant(instant, $2) order by instant) as texts from unnest($1::timestamptz[]) as instant',
      [aroundMs.map(iso), zone],
    )) as [{ texts: string[] }]
    const column = (valueOf: (index: number) => string) => aroundMs.map((_, index) => valueOf(index)).join('\n')
    const nothing = column(() => '')
    await database.rows(statement('streams/apply_windows.sql'), [
      topic, 0, aroundMs.map((at) => String(at + MINUTE_MS)),
      column((index) => `${zone}-${atMs}-${index}`), texts.join('\n'), column(() => STORE),
      nothing, nothing, nothing, nothing, nothing, nothing, column(() => '1'), column(() => '0'),
    ])
    const rows = await database.rows<{ start: Date; local: string; entries: number }>(
      `select window_start as start, to_char(local_start, 'YYYY-MM-DD"T"HH24:MI') as local, entries
       from state.sales_hour where store_id = $1 and window_start between $2::timestamptz - interval '1 hour' and $3
       order by window_start, local_start`,
      [STORE, iso(aroundMs[0]!), iso(aroundMs.at(-1)!)],
    )
    const hours = hoursShown(aroundMs[0]!, aroundMs.at(-1)! + 1, zone).toSorted((a, b) => a.startMs - b.startMs)
    expect(rows).toEqual(
      hours.map(({ startMs, firstMs, lastMs, local }) => ({
         start: new Date(startMs), local, entries: (lastMs - firstMs) / (15 * MINUTE_MS) + 1 ,
      })),
    )
    for (const table of ['sales_hour', 'sales_window', 'window_event'])
      await database.rows(`delete from state.${table}`)
    await database.rows(`delete from ops.stream_watermark`)
  })

  test('reports have every hour of the clock once, and nothing is lost of it', async () => {
    const day = shown(atMs, zone).slice(0, 10)
    const own = aroundMs.filter((at) => shown(at, zone).startsWith(day))
    await database.rows('select analytics.ensure_partitions($1, $1)', [day])
    await database.rows('delete from analytics.fact_sales')
    await database.rows('delete from analytics.fact_foot_traffic')
    await database.rows('delete from analytics.dim_store where store_id = $1', [STORE])
    await database.rows(
      `insert into analytics.dim_store
         (store_key, store_id, name, region, country, currency, time_zone, valid_from, valid_to, is_current)
       values (77, $1, 'One', 'East', 'GB', 'GBP', $2, '1900-01-01 00:00+00', '9999-12-31 00:00+00', true)`,
      [STORE, zone],
    )
    await database.rows(
      `insert into analytics.fact_sales (
         sale_date, store_key, product_key, transaction_id, line_no, event_id, quantity, unit_price, discount_amount,
         gross_amount, net_amount, is_return, is_promoted, customer_id, payment_method, source, sold_at, known_at
       )
       select $1, 77, 1, instant::text, 0, instant::text, 1, 2, 0, 2, 2, false, false, null, 'card', 'till', instant, now()
       from unnest($2::timestamptz[]) as instant`,
      [day, own.map(iso)],
    )
    await database.rows('select analytics.aggregate_date($1)', [day])
    await database.asOwner(`create table if not exists staging.clock (store_id text, counted_at timestamptz, entries bigint, exits bigint,
      is_synthetic boolean); grant all on staging.clock to public; truncate staging.clock`)
    await database.rows(
      'insert into staging.clock select $1, instant, 1, 0, false from unnest($2::timestamptz[]) as instant',
      [STORE, own.map(iso)],
    )
    await database.rows(
      statement('star/replace_fact_foot_traffic_partition.sql', { date: `date '${day}'`, staging: 'staging.clock' }),
    )
    const expected = Object.entries(Object.groupBy(own, (at) => shown(at, zone).slice(11, 13))).map(
      ([hour, quarters]) => ({
         hour: Number(hour), units: quarters!.length ,
      }),
    )
    const sold =
      'select hour_of_day as hour, lines::integer as units from analytics.sales_by_store_hour where sale_date = $1 order by 1'
    const came =
      'select hour_of_day as hour, entries::integer as units from analytics.fact_foot_traffic where traffic_date = $1 order by 1'
    expect(await database.rows(sold, [day])).toEqual(expected.toSorted((a, b) => a.hour - b.hour))
    expect(await database.rows(came, [day])).toEqual(expected.toSorted((a, b) => a.hour - b.hour))
  })

  describe('the hours of a store that sells one unit a minute, day and night', () => {
    const fromMs = atMs - 30 * DAY_MS
    const untilMs = atMs + 30 * DAY_MS
    const hours = hoursShown(fromMs, untilMs, zone).slice(1, -1)
    const quartersOf = ({ firstMs, lastMs }: ShownHour) => (lastMs - firstMs) / (15 * MINUTE_MS) + 1
    const isWhole = (hour: ShownHour) => quartersOf(hour) === 4

    beforeAll(async () => {
      await database.rows('delete from state.sales_hour')
      await database.rows('delete from state.sales_window')
      await database.rows(
        `select state.ensure_days('{sales_hour,sales_window,sale_line}', array(
        select generate_series($1::timestamptz, $2, '1 day')::date))`,
        [iso(fromMs - DAY_MS), iso(untilMs + DAY_MS)],
      )
      const units = hours.map((hour) => 15 * quartersOf(hour))
      await database.rows(
        `insert into state.sales_hour
         select '${STORE}', product_id, start, local, units, 2 * units, 0, 0, units, units, 0, 0
         from unnest($1::timestamptz[], $2::timestamp[], $3::int[]) as hour (start, local, units),
           unnest(array['', 'tea']) as product_id`,
        [hours.map(({ startMs }) => iso(startMs)), hours.map(({ local }) => local), units],
      )
    })

    // Statements are planned for every day that there is.
    afterAll(async () => {
      await database.asOwner(`do $$ declare day regclass; begin
        for day in select inhrelid::regclass from pg_inherits
          where inhparent in ('state.sales_hour'::regclass, 'state.sales_window'::regclass, 'state.sale_line'::regclass)
        loop execute 'drop table ' || day; end loop; end $$`)
    })

    test('is usual at every hour, on the day and in the weeks after', async () => {
      const asOf = [0, 1, 2, 4].flatMap((week) =>
        range(atMs - 4 * HOUR_MS, atMs + 6 * HOUR_MS, 30 * MINUTE_MS).map((at) => at + week * 7 * DAY_MS),
      )
      const found = await database.rows<{ at: Date; hour_start: Date; transactions: number; usual: string }>(
        `select at, hour_start, transactions, usual from unnest($1::timestamptz[]) as at, ops.unusual_hours(at)
         where store_id = '${STORE}' order by at`,
        [asOf.map(iso)],
      )
      const expected = asOf.flatMap((at) => {
        const endedMs = at - 70 * MINUTE_MS
        const newest = hours.findLast(({ firstMs }) => firstMs <= endedMs)!
        return isWhole(newest)
          ? [{ at: new Date(at), hour_start: new Date(newest.startMs), transactions: 60, usual: '60.0' }]
          : []
      })
      const rounded = found.map((row) => ({ ...row, usual: Number(row.usual).toFixed(1) }))
      expect(rounded).toEqual(expected)
    })

    test('a silence is as long as the time that passed', async () => {
      for (const week of [0, 1, 4]) {
        const saleMs = atMs - 100 * MINUTE_MS + week * 7 * DAY_MS
        await database.rows('delete from state.sales_window')
        await database.rows(
          `insert into state.sales_window (store_id, product_id, window_start, local_start, units, revenue, returned_units,
             returned_revenue, lines, transaction_keys, entries, exits)
           values ('${STORE}', '', $1, $2, 1, 1, 0, 0, 1, '{1}', 0, 0)`,
          [iso(saleMs), shown(saleMs, zone)],
        )
        const asOf = range(saleMs + 30 * MINUTE_MS, saleMs + 5 * HOUR_MS, 10 * MINUTE_MS)
        const rows = await database.rows<{ at: Date; expected: string }>(
          `select at, expected from unnest($1::timestamptz[]) as at, ops.silent_stores(at) where store_id = '${STORE}' order by at`,
          [asOf.map(iso)],
        )
        const minutesOf = asOf.map((at) => (at - saleMs) / MINUTE_MS - 5)
        expect(rows.map(({ expected }) => Math.round(Number(expected)))).toEqual(minutesOf)
      }
      await database.rows('delete from state.sales_window')
    })

    test('the day’s units so far begin at its midnight', async () => {
      await seedTea()
      await database.rows(
        `insert into state.demand_profile
         values ('${STORE}', 'tea', '2017-01-01', 'drinks', 28, 1, 1, 2, '{}', 1, 1) on conflict do nothing`,
      )
      const wrong: unknown[] = []
      for (const at of runsMs.filter((at) => at % (HOUR_MS / 2) === 0)) {
        const { rows } = await database.pool.query<unknown[]>({
          text: statement('live-state/read_positions.sql'),
          values: [iso(at), STORE, '', 10],
          rowMode: 'array',
        })
        const today = shown(at, zone).slice(0, 10)
        const units = hours
          .filter(({ startMs, local }) => local.startsWith(today) && startMs <= at)
          .reduce((sum, hour) => sum + 15 * quartersOf(hour), 0)
        const local = new Date(shownMs(at, zone))
        const hourOfWeek = 24 * ((local.getUTCDay() + 6) % 7) + local.getUTCHours() + local.getUTCMinutes() / 60
        const [, , , , , , , , sold, position] = rows[0]!
        if (sold !== units || position !== hourOfWeek)
          wrong.push({ at: shown(at, zone), sold, units, position, hourOfWeek })
      }
      expect(wrong).toEqual([])
    })

    test('what is learnt has every hour once, and nothing is lost of it', async () => {
      const today = dayAfter(shown(atMs, zone).slice(0, 10), 2)
      const rows = await database.rows<{ at: number; transactions: number }>(
        statement('live-state/read_store_hours.sql'),
        [STORE, today, 4],
      )
      const own = hours.filter(({ local }) => local >= dayAfter(today, -4) && local < today)
      expect(rows.map(({ at }) => at)).toEqual([...new Set(rows.map(({ at }) => at))])
      expect(rows.reduce((sum, { transactions }) => sum + transactions, 0)).toBe(
        own.reduce((sum, hour) => sum + 15 * quartersOf(hour), 0),
      )
    })
  })
})

test('a promotion explains only the hour that it is in, also where autumn repeats the hour', async () => {
  const change = clockChanges('Europe/London', [2025])[1]!
  await database.rows(`update ref.stores set time_zone = 'Europe/London' where store_id = '${STORE}'`)
  await database.rows('delete from state.sales_hour')
  await database.rows(
    `select state.ensure_days('{sales_hour,sale_line}', array(
    select generate_series($1::timestamptz, $2, '1 day')::date))`,
    [iso(change.atMs - 30 * DAY_MS), iso(change.atMs + DAY_MS)],
  )
  const hours = hoursShown(change.atMs - 30 * DAY_MS, change.atMs + 2 * HOUR_MS, change.zone)
  await database.rows(
    `insert into state.sales_hour
     select '${STORE}', '', start, local, 60, 120, 0, 0, 60, case when start >= $3 then 300 else 60 end, 0, 0
     from unnest($1::timestamptz[], $2::timestamp[]) as hour (start, local)`,
    [hours.map(({ startMs }) => iso(startMs)), hours.map(({ local }) => local), iso(change.atMs - HOUR_MS)],
  )
  // Everything is promoted in the second of the two hours, nothing in the first.
  await database.rows(
    `insert into state.sale_line
     select '2025-10-26', gen_random_uuid(), '${STORE}', 'tea', instant, 't', 1, 1, 1, 0, 1, null, instant >= $1
     from unnest(array[$1::timestamptz - interval '30 minutes', $1::timestamptz + interval '30 minutes']) as instant`,
    [iso(change.atMs)],
  )
  const opens = async (atMs: number) =>
    (
      await database.rows<{ opens: boolean }>(
        `select opens from ops.alert_sales_spike($1) where store_id = '${STORE}'`,
        [iso(atMs)],
      )
    ).map(({ opens }) => opens)
  expect(await opens(change.atMs + 15 * MINUTE_MS)).toEqual([true])
  expect(await opens(change.atMs + 75 * MINUTE_MS)).toEqual([false])
})
