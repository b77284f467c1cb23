import { expect, test } from 'vitest'
import { clockChanges, shownMs } from '../../platform/testing-clocks.ts'
import { declareSchedules } from './declarations.ts'

const zones = [
  'Europe/London',
  'America/New_York',
  'Australia/Lord_Howe',
  'Atlantic/Azores',
  'Europe/Athens',
  'Pacific/Chatham',
  'Asia/Beirut',
  'Africa/Cairo',
  'Antarctica/Troll',
  'America/Santiago',
]
const changes = [
  ...zones.flatMap((zone) => clockChanges(zone, [2025, 2026])),
  ...clockChanges('America/Sao_Paulo', [2018, 2019]),
]

test('no schedule begins at a time of day that a clock leaves out or shows twice', () => {
  expect(changes).toHaveLength(43)
  const times = declareSchedules('UTC').flatMap(({ name, spec }) =>
    (spec.calendars ?? []).map(({ hour, minute }) => ({ name, minuteOfDay: 60 * Number(hour) + Number(minute) })),
  )
  expect(times.length).toBeGreaterThan(5)
  const struck = times.flatMap(({ name, minuteOfDay }) =>
    changes.filter((change) => isChanged(minuteOfDay, change)).map(({ zone, day }) => `${name}: ${zone}, ${day}`),
  )
  expect(struck).toEqual([])
})

/** Whether a time of day is among those that a change leaves out or repeats, which may lie about midnight. */
function isChanged(minuteOfDay: number, { zone, atMs, minutes }: (typeof changes)[number]): boolean {
  const shownAfter = new Date(shownMs(atMs, zone))
  const end = 60 * shownAfter.getUTCHours() + shownAfter.getUTCMinutes() + Math.max(0, -minutes)
  const begin = end - Math.abs(minutes)
  return [minuteOfDay, minuteOfDay + 24 * 60, minuteOfDay - 24 * 60].some((minute) => minute >= begin && minute < end)
}
