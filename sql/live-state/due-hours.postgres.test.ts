import { afterAll, beforeAll, expect, test } from 'vitest'
import { statement } from '../../platform/postgres/sql.ts'
import { changesOfTwoYears, shown } from '../../platform/testing-clocks.ts'
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

interface DueHour {
  hour: Date
  localHour: number
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
 * The hours of the store's clock around a day, counted minute by minute. `start` is where an hour begins on that clock,
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

test.each(changesOfTwoYears)(
  '$zone, $day: every hour of the clock is evaluated once, after it has ended',
  async ({ zone: timeZone, day }) => {
    await setUp(timeZone)
    const hours = await hoursOf(day, timeZone)
    const evaluated: (DueHour & { closedUntil: Date })[] = []
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
        evaluated.push({ ...due[0]!, closedUntil })
        await database.rows('update state.availability_model set evaluated_hour = $1', [due[0]!.hour])
      }
    }
    expect(evaluated.map(({ hour }) => hour.toISOString())).toEqual(hours.map(({ start }) => start.toISOString()))
    for (const [at, { closedUntil, localHour }] of evaluated.entries()) {
      const endMs = hours[at]!.end.getTime()
      expect(closedUntil.getTime()).toBeGreaterThanOrEqual(endMs)
      expect(localHour).toBe(Number(shown(endMs - MINUTE_MS, timeZone).slice(11, 13)))
    }
  },
)
