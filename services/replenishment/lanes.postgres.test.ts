import { afterAll, beforeAll, expect, test } from 'vitest'
import { createJobsDatabase, type JobsDatabase } from '../../sql/jobs/testing.ts'
import { named } from '../access/testing.ts'
import { type LaneEnds, listLanes, removeLane, setLane } from './lanes.ts'

let jobs: JobsDatabase
beforeAll(async () => {
  jobs = await createJobsDatabase()
  await jobs.rows(`insert into state.stock values ('s1', 'tea', 5), ('s2', 'tea', 5)`)
})
afterAll(() => jobs?.close())

const costs = { cost: '15', unitCost: '0.05', days: 1 }
const set = (ends: LaneEnds, change: Partial<typeof costs> = {}) =>
  setLane(jobs.pool, ends, { ...costs, ...change }, named('ann'))

test('a lane is set, changed and removed', async () => {
  await set({ from: 's1', to: 's2' })
  await set({ from: 's1', to: 's2' }, { cost: '20' })
  await set({})
  expect(await listLanes(jobs.pool)).toEqual([
    { from: 's1', to: 's2', costPerTransfer: '20', costPerUnit: '0.05', days: 1, changedBy: 'ann' },
    { from: null, to: null, costPerTransfer: '15', costPerUnit: '0.05', days: 1, changedBy: 'ann' },
  ])
  await removeLane(jobs.pool, {})
  await expect(removeLane(jobs.pool, {})).rejects.toThrow('lane "any to any" does not exist')
})

test.each([
  ['from "s9" is not a location that orders', { from: 's9' }, {}],
  ['to "s1" is also the start of the lane', { from: 's1', to: 's1' }, {}],
  ['cost "much" is not an amount of money', {}, { cost: 'much' }],
  ['days 31 is not a whole number from 0 to 30', {}, { days: 31 }],
])('is refused: %s', async (problem, ends, change) => {
  await expect(set(ends, change)).rejects.toThrow(problem)
})
