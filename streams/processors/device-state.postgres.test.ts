import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { EventOf } from '../../contracts/topics.ts'
import { seeded } from '../../models/statistics/random.ts'
import { createDirectWorld, type DirectWorld } from '../simulation/direct.ts'
import type { Logged } from '../simulation/log.ts'
import { below } from '../simulation/random.ts'
import { shuffled } from '../testing/shelves.ts'
import { deviceState } from './device-state.ts'

let world: DirectWorld
beforeAll(async () => {
  world = await createDirectWorld(deviceState)
})
beforeEach(() => world.clear('state.device', 'state.lane'))
afterAll(() => world.close())

let number = 0
const at = (time: string) => `2025-11-03T${time}:00-05:00`
function logged<Event extends object>(time: string, fields: Event): Logged {
  number += 1
  const event = {
    event_id: `e-${number}`,
    source: 'test',
    schema_version: 1,
    store_id: 's1',
    event_at: at(time),
    ...fields,
  }
  return { event: event as Logged['event'], knownAtMs: Date.UTC(2025, 10, 4) }
}

type Status = Partial<EventOf<'device_status'>>

const status = (time: string, session: string, began: string, fields: Status): Logged =>
  logged(time, { device_id: 'scale', sensor: 'shelf', session_id: session, connected_at: at(began), ...fields })

const life = [
  status('08:00', 'a', '08:00', { status: 'connected' }),
  status('08:05', 'a', '08:00', { status: 'alive', reported: 'battery 80 %', reported_topic: 'state' }),
  status('08:10', 'a', '08:00', { status: 'alive' }),
  // It moves to another bridge; the first learns of it later.
  status('08:20', 'b', '08:20', { status: 'connected' }),
  status('08:30', 'a', '08:00', { status: 'lost', reason: 'its connection ended' }),
  status('08:25', 'b', '08:20', { status: 'alive', reported: 'battery 79 %', reported_topic: 'state' }),
]

const devices = async () =>
  (await world.pool.query('select * from state.device order by device_id')).rows.map(({ updated_at, ...row }) => row)

describe('a device', () => {
  test('has its newest connection, whatever ends after it has begun', async () => {
    await world.consume({ device_status: [life] })
    expect(await devices()).toMatchObject([
      { device_id: 'scale', status: 'alive', session_id: 'b', reason: null, reported: 'battery 79 %' },
    ])
  })

  test('is lost when that connection was, whatever is received after it', async () => {
    await world.consume({
      device_status: [
        [
          ...life,
          status('09:00', 'b', '08:20', { status: 'lost', reason: 'its connection ended' }),
          // Sent before the end, and later in the log.
          status('08:59', 'b', '08:20', { status: 'alive' }),
          status('08:58', 'b', '08:20', { status: 'alive', reported_topic: 'state' }),
        ],
      ],
    })
    expect(await devices()).toMatchObject([{ status: 'lost', reason: 'its connection ended', reported: null }])
  })

  test('is the same row in whatever order its events arrive, with copies, however they are cut', async () => {
    await world.consume({ device_status: [life] })
    const first = await devices()
    for (let seed = 1; seed <= 10; seed += 1) {
      await world.clear('state.device')
      const random = seeded(seed)
      const log = shuffled([...life, ...life.slice(0, 3)], random)
      await world.consume({ device_status: [log] }, () => 1 + below(random, 4))
      expect(await devices()).toEqual(first)
    }
  })
})

test('a lane has its newest report', async () => {
  const lane = (time: string, fields: Partial<EventOf<'lane_status'>>) => logged(time, { lane_id: 'l1', ...fields })
  await world.consume({
    lane_status: [
      [
        lane('08:00', { status: 'open' }),
        lane('09:00', { status: 'open', queue_length: 4 }),
        lane('08:30', { status: 'fault' }),
        lane('09:30', { status: 'closed' }),
        lane('10:00', { status: 'closed', kind: 'staffed', till_id: 't1', queue_length: 0 }),
      ],
    ],
  })
  const { rows } = await world.pool.query(
    `select kind, status, till_id, queue_length, to_char(status_at at time zone interval '-05:00', 'HH24:MI') as at from state.lane`,
  )
  expect(rows).toEqual([{ kind: 'staffed', status: 'closed', till_id: 't1', queue_length: 0, at: '10:00' }])
})
