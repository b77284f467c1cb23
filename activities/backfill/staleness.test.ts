import { describe, expect, test } from 'vitest'
import { daysBetween } from '../../contracts/calendar.ts'
import { findMoves, findWork, type KnownPartition, type StalenessQuestion } from './staleness.ts'

const day = '2024-05-01'
const assets = [
  { name: 'cleansed/sales', upstream: [], codeVersion: '1' },
  { name: 'cleansed/traffic', upstream: [], codeVersion: '1' },
  { name: 'fact_sales', upstream: ['cleansed/sales'], codeVersion: '1' },
  { name: 'report', upstream: ['fact_sales', 'cleansed/traffic'], codeVersion: '1' },
]

function built(asset: string, change: Partial<KnownPartition> = {}): KnownPartition {
  return {
    asset,
    date: day,
    status: 'succeeded',
    run: 1,
    workflowId: 'daily',
    isAbandoned: false,
    inputs: asset === 'cleansed/sales' ? { 'raw/pos_transactions': 5, products: '2024-01-01' } : {},
    inputsAt: new Date('2024-05-02T08:00:00Z'),
    codeVersion: '1',
    succeededAt: new Date('2024-05-02T08:00:00Z'),
    ...change,
  }
}

const allBuilt = assets.map(({ name }) => built(name))
const except = (asset: string, change?: Partial<KnownPartition>) =>
  allBuilt.flatMap((partition) => (partition.asset !== asset ? [partition] : change ? [built(asset, change)] : []))

const ask = (partitions: readonly KnownPartition[], change: Partial<StalenessQuestion> = {}) =>
  findWork({
    assets,
    requested: new Set(assets.map(({ name }) => name)),
    dates: [day],
    partitions,
    lakeChanges: new Map(),
    ...change,
  }).map(({ asset, reason, cause }) => [asset, reason, cause].filter(Boolean).join(' '))

const salesAndDownstream = (reason: string) => [
  `cleansed/sales ${reason}`,
  'fact_sales input_changed cleansed/sales',
  'report input_changed fact_sales',
]

test('what is up to date needs nothing', () => {
  expect(ask(allBuilt)).toEqual([])
})

describe('without downstream', () => {
  const only = (...names: string[]) => ({ requested: new Set(names), withoutDownstream: true })

  test('what was asked for is not built from nothing: what it lacks is planned, up to the raw lake', () => {
    expect(ask([], only('report'))).toEqual([
      'cleansed/sales missing',
      'cleansed/traffic missing',
      'fact_sales missing',
      'report missing',
    ])
  })

  test('what follows is left alone, unless it was asked for too', () => {
    const changed = except('cleansed/sales', { codeVersion: '0' })
    expect(ask(changed, only('cleansed/sales'))).toEqual(['cleansed/sales code_changed'])
    expect(ask(changed, only('cleansed/sales', 'fact_sales'))).toEqual([
      'cleansed/sales code_changed',
      'fact_sales input_changed cleansed/sales',
    ])
  })

  test('what follows from a missing input is left alone too', () => {
    expect(ask(except('cleansed/sales'), { ...only('fact_sales'), forced: true })).toEqual([
      'cleansed/sales missing',
      'fact_sales forced',
    ])
  })
})

test('what was never built is missing, everywhere', () => {
  expect(ask([])).toEqual([
    'cleansed/sales missing',
    'cleansed/traffic missing',
    'fact_sales missing',
    'report missing',
  ])
})

test('a failed partition and a run that was lost come first, with what follows', () => {
  expect(ask(except('cleansed/sales', { status: 'failed' }))).toEqual(salesAndDownstream('failed'))
  expect(ask(except('cleansed/sales', { status: 'running', isAbandoned: true }))).toEqual(salesAndDownstream('failed'))
})

test('a partition that is being built is left alone', () => {
  expect(ask(except('cleansed/sales', { status: 'running' }))).toEqual([])
})

test('new code rebuilds the asset and what follows', () => {
  expect(ask(except('cleansed/sales', { codeVersion: '0' }))).toEqual(salesAndDownstream('code_changed'))
})

test('a raw commit that touched the date after the pinned version is late data; one of another date is not', () => {
  const touched = (version: number, date = day) => new Map([['raw/pos_transactions', new Map([[date, version]])]])
  expect(ask(allBuilt, { lakeChanges: touched(6) })).toEqual(salesAndDownstream('late_data raw/pos_transactions'))
  expect(ask(allBuilt, { lakeChanges: touched(5) })).toEqual([])
  expect(ask(allBuilt, { lakeChanges: touched(6, '2024-05-02') })).toEqual([])
})

test('an upstream that was rebuilt later is a changed input', () => {
  const later = except('cleansed/sales', { succeededAt: new Date('2024-05-02T09:00:00Z') })
  expect(ask(later)).toEqual(['fact_sales input_changed cleansed/sales', 'report input_changed fact_sales'])
})

test('force rebuilds what was asked for, and only what is downstream of it', () => {
  const requested = new Set(['fact_sales'])
  expect(ask(allBuilt, { forced: true, requested })).toEqual(['fact_sales forced', 'report input_changed fact_sales'])
})

test('what an asked-for asset is made from is built first when it is missing', () => {
  const requested = new Set(['report'])
  expect(ask([], { requested })).toEqual([
    'cleansed/sales missing',
    'cleansed/traffic missing',
    'fact_sales missing',
    'report missing',
  ])
})

test('downstream assets that were never built and were not asked for are left out', () => {
  expect(ask([], { requested: new Set(['cleansed/sales']) })).toEqual(['cleansed/sales missing'])
})

test('with given reasons, a weaker one that is given counts although a graver one holds', () => {
  const partitions = except('cleansed/sales', { codeVersion: '0' })
  const lakeChanges = new Map([['raw/pos_transactions', new Map([[day, 9]])]])
  const reasons = new Set(['late_data', 'input_changed'] as const)
  expect(ask(partitions, { lakeChanges, reasons })).toEqual(salesAndDownstream('late_data raw/pos_transactions'))
  expect(ask(partitions, { reasons: new Set(['failed']) })).toEqual([])
})

test('a plan has moved when another run has built, begun or removed a planned partition', () => {
  const planned = { asset: 'fact_sales', date: day, reason: 'missing' as const, ledgerRun: 1 }
  const now = (run: number, workflowId = 'daily') => [{ ...built('fact_sales'), run, workflowId }]
  expect(findMoves([planned], now(1), 'backfill-x')).toEqual([])
  expect(findMoves([planned], now(2, 'backfill-x'), 'backfill-x')).toEqual([])
  expect(findMoves([planned], now(2), 'backfill-x')).toEqual([
    { asset: 'fact_sales', date: day, plannedReason: 'missing', status: 'succeeded', workflowId: 'daily' },
  ])
  expect(findMoves([planned], [], 'backfill-x')).toMatchObject([{ status: 'removed' }])
})

test('days run across months and leap days', () => {
  expect(daysBetween('2024-02-28', '2024-03-01')).toEqual(['2024-02-28', '2024-02-29', '2024-03-01'])
})

describe('an asset that reads the days before', () => {
  const days = ['2024-05-01', '2024-05-02', '2024-05-03', '2024-05-04'] as const
  const windowed = [
    { name: 'daily', upstream: [], codeVersion: '1' },
    { name: 'window', upstream: ['daily'], daysBefore: { daily: 2 }, codeVersion: '1' },
  ]
  const all = days.flatMap((date) => windowed.map(({ name }) => built(name, { date })))
  const askWindows = (partitions: readonly KnownPartition[], dates: readonly string[]) =>
    findWork({
      assets: windowed,
      requested: new Set(['daily', 'window']),
      dates,
      partitions,
      lakeChanges: new Map(),
    }).map(({ asset, date, reason }) => `${date} ${asset} ${reason}`)
  const change = (asset: string, date: string, to: Partial<KnownPartition>) =>
    all.map((each) => (each.asset === asset && each.date === date ? { ...each, ...to } : each))

  test('is stale when one of them was rebuilt', () => {
    const rebuilt = change('daily', days[0], { succeededAt: new Date('2024-06-01T00:00:00Z') })
    expect(askWindows(rebuilt, days)).toEqual([
      '2024-05-01 window input_changed',
      '2024-05-02 window input_changed',
      '2024-05-03 window input_changed',
    ])
  })

  test('follows a rebuilt day, also behind the range that was asked for', () => {
    const failed = change('daily', days[1], { status: 'failed' })
    expect(askWindows(failed, [days[1]])).toEqual([
      '2024-05-02 daily failed',
      '2024-05-02 window input_changed',
      '2024-05-03 window input_changed',
      '2024-05-04 window input_changed',
    ])
  })

  test('does not ask for days that were never built', () => {
    expect(askWindows([], [days[3]])).toEqual(['2024-05-04 daily missing', '2024-05-04 window missing'])
  })
})
