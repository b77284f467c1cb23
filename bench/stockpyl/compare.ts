/**
 * The peer: order quantities of textbook instances by the Python package stockpyl 1.0.2, and by models/replenishment.
 * Levels and costs of what both compute exactly differ by less than 1e-6 of the value (of 1, where it is smaller); what an
 * order line searches on a grid costs at most 0.5 % more than the optimum, by stockpyl's own reckoning. Ends with 1 when it
 * does not.
 * Needs Python 3 with pip; fetches stockpyl, numpy and scipy (60 MB) once. `node bench/stockpyl/compare.ts`
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  countedDemand,
  type Distribution,
  measuredDemand,
  newsvendor,
  newsvendorCost,
  normalDemand,
  poissonDemand,
} from '../../models/replenishment/distribution.ts'
import { certainLeadTime } from '../../models/replenishment/lead-time.ts'
import { expectedAt } from '../../models/replenishment/line-costs.ts'
import type { OrderLineInput } from '../../models/replenishment/order-line.ts'
import { prepareLine } from '../../models/replenishment/prepare-line.ts'
import { optimalReorder } from '../../models/replenishment/reorder.ts'
import { withCached } from '../../scripts/stack/cache.ts'
import { runCommand } from '../../scripts/stack/command.ts'
import { findPython, pythonFix } from '../../scripts/stack/wheels.ts'

const PACKAGES = { stockpyl: '1.0.2', numpy: '2.4.6', scipy: '1.17.1' }
const EXACT_TOLERANCE = 1e-6
const SEARCHED_TOLERANCE = 0.005

interface Solution {
  level?: number
  s?: number
  S?: number
  cost?: number
}

interface Instance {
  name: string
  kind: 'normal' | 'poisson' | 'negative_binomial' | 'gamma' | 's_s'
  holding: number
  stockOut: number
  mean: number
  deviation?: number
  size?: number
  leadTime?: number
  fixed?: number
  /** Found on a grid by an order line, not by the exact algorithm. */
  isSearched?: boolean
  ours: Solution
}

type Theirs = Required<Pick<Solution, 'cost'>> & Solution & { cost_of_ours?: number }

const instances = [...newsvendors(), ...baseStocks(), ...reorders()]
const theirs = await solveByPeer()
let isWrong = false
for (const [index, instance] of instances.entries()) show(instance, theirs[index]!)
console.log(isWrong ? 'FAILED' : 'all within their tolerance')
process.exitCode = isWrong ? 1 : 0

function newsvendors(): Instance[] {
  const solved = (
    name: string,
    kind: Instance['kind'],
    demand: Distribution,
    more: Partial<Instance> = {},
  ): Instance => {
    const { holding = 0.18, stockOut = 0.7 } = more
    const ours = newsvendor(demand, stockOut, holding)
    return { name, kind, holding, stockOut, mean: demand.mean, ours, ...more }
  }
  return [
    solved('newsvendor, normal 50 ± 8 (Snyder & Shen 4.3)', 'normal', normalDemand(50, 8), { deviation: 8 }),
    solved('newsvendor, normal 1000 ± 200', 'normal', normalDemand(1000, 200), {
      deviation: 200,
      holding: 1,
      stockOut: 15,
    }),
    solved('newsvendor, Poisson 50 (Snyder & Shen 4.6)', 'poisson', poissonDemand(50)),
    solved('newsvendor, Poisson 0.4, 99 %', 'poisson', poissonDemand(0.4), { holding: 1, stockOut: 99 }),
    solved('newsvendor, negative binomial 12, size 3', 'negative_binomial', countedDemand(12, 12 + 144 / 3), {
      size: 3,
    }),
    solved('newsvendor, gamma 20 ± 10', 'gamma', measuredDemand(20, 100), { deviation: 10, holding: 1, stockOut: 9 }),
  ]
}

/** Base stock: the demand of lead time and review period, of customers who wait; an order line's do so without lead time only. */
function baseStocks(): Instance[] {
  const [holding, stockOut, leadTime] = [0.18, 0.7, 4]
  const normal = newsvendor(normalDemand(5 * 50, Math.sqrt(5) * 8), stockOut, holding)
  const poisson = newsvendor(poissonDemand(4 * 6), 24, 1)
  const line = lineOf({ unitsPerDay: 6, holding: 1, stockOut: 24, leadTime: 0 })
  const { orderUpTo } = line.levels
  const { cost } = expectedAt(line.outlook, orderUpTo)
  return [
    {
      name: 'base stock, normal 50 ± 8, lead time 4',
      kind: 'normal',
      holding,
      stockOut,
      mean: 50,
      deviation: 8,
      leadTime,
      ours: normal,
    },
    { name: 'base stock, Poisson 6, lead time 3', kind: 'poisson', holding: 1, stockOut: 24, mean: 24, ours: poisson },
    {
      name: 'base stock, Poisson 6: order line',
      kind: 'poisson',
      holding: 1,
      stockOut: 24,
      mean: 6,
      ours: { level: orderUpTo, cost },
    },
  ]
}

function reorders(): Instance[] {
  const settings = [
    { mean: 6, fixed: 5, holding: 1, stockOut: 4 },
    { mean: 20, fixed: 64, holding: 1, stockOut: 9 },
    { mean: 50, fixed: 100, holding: 1, stockOut: 9 },
    { mean: 0.5, fixed: 10, holding: 0.1, stockOut: 5 },
    { mean: 120, fixed: 2_000, holding: 1, stockOut: 49 },
  ]
  return settings.flatMap(({ mean, fixed, holding, stockOut }) => {
    const demand = poissonDemand(mean)
    const sizes = Math.ceil(mean + 12 * Math.sqrt(mean) + 20)
    const probabilities = Array.from(
      { length: sizes },
      (_, size) => demand.tailAbove(size - 1) - demand.tailAbove(size),
    )
    const exact = optimalReorder((y) => newsvendorCost(demand, y, stockOut, holding), probabilities, fixed)
    const { levels } = lineOf({ unitsPerDay: mean, holding, stockOut, leadTime: 0, fixed })
    const searched = { s: Math.floor(levels.reorderBelow!), S: levels.orderUpTo }
    const common = { kind: 's_s', holding, stockOut, mean, fixed } as const
    const name = `(s, S), Poisson ${mean}, K ${fixed}, h ${holding}, p ${stockOut}`
    return [
      { name, ...common, ours: exact },
      { name: `${name}: order line`, ...common, ours: searched, isSearched: true },
    ]
  })
}

/** An order line whose costs are the instance's: holding a unit a day, and a sale lost. */
function lineOf(setting: { unitsPerDay: number; holding: number; stockOut: number; leadTime: number; fixed?: number }) {
  const input: OrderLineInput = {
    line: 'instance',
    position: { onHand: 0, availability: 1, reserved: 0, onOrder: 0 },
    demand: { kind: 'rate', unitsPerDay: setting.unitsPerDay, inverseSize: 0, source: 'instance' },
    leadTime: certainLeadTime(setting.leadTime, 'instance'),
    reviewDays: 1,
    terms: { unitCost: setting.holding * 365, price: setting.stockOut, packSize: 1 },
    policy: {
      method: setting.fixed === undefined ? 'base_stock' : 's_s',
      serviceMeasure: 'critical_ratio',
      serviceTarget: null,
      holdingRatePerYear: 1,
      stockOutCostRatio: 1,
      wasteCostRatio: 0,
      orderingCost: setting.fixed ?? 0,
    },
  }
  return prepareLine(input)!
}

function show({ name, ours, isSearched = false }: Instance, peer: Theirs): void {
  const differences: [string, number][] = []
  const levels = (['level', 's', 'S'] as const).filter((key) => peer[key] !== undefined)
  if (!isSearched) for (const key of levels) differences.push([key, difference(ours[key]!, peer[key]!)])
  const cost = isSearched ? peer.cost_of_ours! : ours.cost!
  differences.push(['cost', difference(cost, peer.cost)])
  const tolerance = isSearched ? SEARCHED_TOLERANCE : EXACT_TOLERANCE
  const isOutside = differences.some(([, value]) => !(value < tolerance))
  isWrong ||= isOutside
  const values = levels.map((key) => `${key} ${Number(ours[key]!.toPrecision(8))}`).join(', ')
  const shown = differences.map(([key, value]) => `${key} ${value.toExponential(1)}`).join(', ')
  console.log(
    `${isOutside ? '✗' : '✓'} ${name.padEnd(60)} ${values.padEnd(22)} cost ${cost.toPrecision(8)}; differences: ${shown}`,
  )
}

function difference(ours: number, peer: number): number {
  return Math.abs(ours - peer) / Math.max(1, Math.abs(peer))
}

async function solveByPeer(): Promise<Theirs[]> {
  const python = await findPython()
  if (python === undefined) throw new Error(`Python is missing: ${pythonFix}`)
  const packages = Object.entries(PACKAGES).map(([name, version]) => `${name}==${version}`)
  const folder = await withCached('stockpyl', Object.values(PACKAGES).join('-'), async (target) => {
    // stockpyl also asks for what draws its plots and writes its manual.
    const install = [
      '-m',
      'pip',
      'install',
      '--quiet',
      '--disable-pip-version-check',
      '--no-deps',
      '--target',
      join(target, 'site'),
    ]
    await runCommand(python.path, [...install, ...packages])
  })
  const work = mkdtempSync(join(tmpdir(), 'shelfline-stockpyl-'))
  try {
    const file = join(work, 'instances.json')
    writeFileSync(file, JSON.stringify(instances))
    const output = await runCommand(python.path, ['-W', 'ignore', join(import.meta.dirname, 'solve.py'), file], {
      environment: { PYTHONPATH: join(folder, 'site') },
    })
    return JSON.parse(output.split('\n').findLast((line) => line.startsWith('['))!)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}
