import { afterAll, beforeAll, expect, test } from 'vitest'
import { statement } from '../../platform/postgres/sql.ts'
import { createJobsDatabase, type JobsDatabase } from '../jobs/testing.ts'

const STORE = 'clock'
const STORES_MAX = 10
const HOURS_BEHIND_MAX = 48
const MINUTE_MS = 60_000

let database: JobsDatabase
beforeAll(async () => {
  database = await createJobsDatabase()
})
afterAll(async () => {
  await database?.close()
})

/** Days of two years on which clocks change. */
const changes = [
  ['Europe/London', ['2024-03-31', '2024-10-27', '2025-03-30', '2025-10-26']],
  ['America/New_York', ['2024-03-10', '2024-11-03', '2025-03-09', '2025-11-02']],
  ['Australia/Lord_Howe', ['2024-04-07', '2024-10-06', '2025-04-06', '2025-10-05']],
  ['America/Sao_Paulo', ['2017-02-19', '2017-10-15', '2018-02-18', '2018-11-04']],
] as const

interface DueHour {
  hour: Date
}

async function setUp(timeZone: string): Promise<void> {
  await database.rows(
    `insert into ref.stores (store_id, name, region, time_zone, country, currency, recorded_at)
     values ($1, $1, 'east', $2, 'DE', 'EUR', now())
     on conflict (store_id) do update set time_zone = excluded.time_zone`,
    [STORE, timeZone],
  )
  await database.rows('delete from state.availability_model')
  await database.rows(
    `insert into state.availability_model (store_id, profile_date, model, usual_visitors) values ($1, '2017-01-01', '{}', '{}')`,
    [STORE],
  )
}

/**
 * The hours of the store's clock around a day, told apart minute by minute. `start` is where an hour begins on that clock,
 * as sales windows have it: of an hour that a change cuts off, that is before its first minute.
 */
async function hoursOf(day: string, timeZone: string): Promise<{ start: Date; end: Date }[]> {
  const hours = await database.rows<{ start: Date; end: Date }>(
    `select date_trunc('hour', local) at time zone 'UTC' + shift as start, max(minute) + interval '1 minute' as end
     from generate_series($1::timestamptz - interval '18 hours', $1::timestamptz + interval '54 hours', interval '1 minute') as minute,
       lateral (select minute at time zone $2 as local) as clock,
       lateral (select minute - local at time zone 'UTC' as shift) as zone
     group by date_trunc('hour', local), shift order by 2`,
    [`${day}T00:00:00Z`, timeZone],
  )
  return hours.slice(1, -1)
}

test.each(changes.flatMap(([timeZone, days]) => days.map((day) => [timeZone, day] as const)))(
  '%s, %s: every hour of the clock is evaluated once, after it has ended',
  async (timeZone, day) => {
    await setUp(timeZone)
    const hours = await hoursOf(day, timeZone)
    const evaluated: { hour: Date; closedUntil: Date }[] = []
    for (let now = hours[0]!.end.getTime(); now <= hours.at(-1)!.end.getTime(); now += 30 * MINUTE_MS) {
      const closedUntil = new Date(now)
      await database.rows(
        `insert into ops.stream_watermark values ('sales_windows', 'pos_transactions', 0, $1, $1)
         on conflict (processor, topic, partition) do update set watermark = excluded.watermark, active_at = excluded.active_at`,
        [closedUntil],
      )
      for (;;) {
        const due = await database.rows<DueHour>(statement('live-state/due_hours.sql'), [
          closedUntil,
          STORES_MAX,
          HOURS_BEHIND_MAX,
        ])
        if (due.length === 0) break
        evaluated.push({ hour: due[0]!.hour, closedUntil })
        await database.rows('update state.availability_model set evaluated_hour = $1', [due[0]!.hour])
      }
    }
    expect(evaluated.map(({ hour }) => hour.toISOString())).toEqual(hours.map(({ start }) => start.toISOString()))
    for (const [at, { closedUntil }] of evaluated.entries()) {
      expect(closedUntil.getTime()).toBeGreaterThanOrEqual(hours[at]!.end.getTime())
    }
  },
)
