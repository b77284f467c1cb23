import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Home } from '../stack/home.ts'
import { nextReplay, rememberReplay, type Wanted } from './replays.ts'

const home = () => new Home(mkdtempSync(join(tmpdir(), 'shelfline-replays-')))
const month: Wanted = { dataSet: 'complete-journey', days: 28 }

test('replays the first days, then only the days that are new', () => {
  const folder = home()
  expect(nextReplay(folder, month)).toEqual({ from: '2017-01-01', to: '2017-01-28' })
  rememberReplay(folder, { dataSet: 'complete-journey', to: '2017-01-28' })
  expect(nextReplay(folder, month)).toBeUndefined()
  expect(nextReplay(folder, { ...month, days: 7 })).toBeUndefined()
  expect(nextReplay(folder, { ...month, days: 31 })).toEqual({ from: '2017-01-29', to: '2017-01-31' })
})

test('replays from the first day for other stores or another data set', () => {
  const folder = home()
  rememberReplay(folder, { dataSet: 'complete-journey', to: '2017-01-28', stores: 20 })
  expect(nextReplay(folder, month)).toEqual({ from: '2017-01-01', to: '2017-01-28' })
  expect(nextReplay(folder, { dataSet: 'online-retail', days: 2 })).toEqual({ from: '2009-12-01', to: '2009-12-02' })
})
