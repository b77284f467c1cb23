import type { Command } from 'commander'
import {
  fillOf,
  nothing,
  type PricedOrders,
  type SupplierComparison,
  sumOf,
  type WhatIfAnswer,
  type WhatIfChange,
  whatIf,
} from '../../activities/replenishment/whatif.ts'
import { loadSettings } from '../../platform/settings/settings.ts'
import { parseDate } from '../arguments.ts'
import { withPool } from '../batch.ts'
import { print, printJson, printTable, startProgress, UsageError } from '../output.ts'
import { refuseUnknown, today } from './orders.ts'

interface Flags {
  service?: string
  leadTime?: string
  budget?: string
  date?: string
  location?: string
  supplier?: string
  json?: boolean
}

export function register(program: Command): void {
  program
    .command('whatif')
    .description("price a change of the day's orders against the policy that holds; nothing is touched")
    .option('--service <target>', 'service target of every policy, e.g. 0.98')
    .option('--lead-time <days>', 'deliveries take so much longer or less, e.g. +2d or -1d')
    .option('--budget <money>', "money that each location's orders of the day may come to")
    .option('--date <date>', 'the day of the review; default: today')
    .option('--location <location>', 'only for this warehouse, or store that no warehouse refills')
    .option('--supplier <supplier>', 'only from this supplier')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  shelfline whatif --service 0.98 --lead-time +2d --budget 50000')
    .action(compare)
}

async function compare({ date, location, supplier, json, ...flags }: Flags): Promise<void> {
  const change = parseChange(flags)
  if (date !== undefined) parseDate('--date', date)
  const settings = loadSettings()
  const answer = await withPool(settings, async (pool) => {
    await refuseUnknown(pool, location, supplier)
    const day = date ?? (await today(pool, settings.timeZone))
    const bar = startProgress(`whatif ${day}`, 1)
    const question = { date: day, change, ...(location && { location }), ...(supplier && { supplier }) }
    const onLocation = (done: number) => {
      // How many locations there are is known at the end.
      bar.setTotal(done + 1)
      bar.update(done)
    }
    try {
      const found = await whatIf(pool, question, onLocation)
      bar.setTotal(Math.max(1, found.locations))
      bar.finish()
      return found
    } catch (error) {
      bar.stop('failed')
      throw error
    }
  })
  if (json) return printJson({ change, ...answer })
  printAnswer(answer)
}

/** @throws UsageError naming the flag that can't be, or that there is no change */
export function parseChange({
  service,
  leadTime,
  budget,
}: Pick<Flags, 'service' | 'leadTime' | 'budget'>): WhatIfChange {
  if (service === undefined && leadTime === undefined && budget === undefined) {
    throw new UsageError('what if what? Give --service, --lead-time or --budget')
  }
  return {
    ...(service !== undefined && { serviceTarget: parseService(service) }),
    ...(leadTime !== undefined && { leadTimeDays: parseDays(leadTime) }),
    ...(budget !== undefined && { budgetPerDay: parseMoney(budget) }),
  }
}

function parseService(text: string): number {
  const target = Number(text)
  if (target > 0 && target < 1) return target
  throw new UsageError(`--service ${text} is not between 0 and 1, for example 0.98`)
}

function parseDays(text: string): number {
  const [, days] = /^([+-]\d{1,3})d?$/.exec(text) ?? []
  if (days !== undefined) return Number(days)
  throw new UsageError(`--lead-time ${text} is no number of days more or less, for example +2d or -1d`)
}

function parseMoney(text: string): number {
  if (/^\d{1,12}(\.\d{1,2})?$/.test(text)) return Number(text)
  throw new UsageError(`--budget ${text} is no amount of money, for example 50000`)
}

function printAnswer({ date, locations, closed, suppliers }: WhatIfAnswer): void {
  if (closed.length > 0) print(`no orders on ${date}: ${closed.join(', ')}`)
  if (suppliers.length === 0) {
    print(`nothing is planned for ${date}`)
    return
  }
  printTable(
    ['supplier', '', 'lines', 'units', 'value', 'fill', 'waste', 'difference'],
    [...suppliers.filter(isAnything), ...totals(suppliers)].flatMap(rowsOf),
  )
  print(
    `${locations} locations; fill: demand between two deliveries that is met; waste: units that are expected to expire.`,
  )
}

/** A supplier whose products nobody wants is in no table; `--json` has it. */
const isAnything = ({ present, changed }: SupplierComparison): boolean =>
  present.demand > 0 || changed.demand > 0 || present.lines > 0 || changed.lines > 0

function rowsOf({ supplierId, currency, present, changed }: SupplierComparison): (string | number)[][] {
  const row = (name: string, what: string, orders: PricedOrders) => [
    ...[name, what, orders.lines, Math.round(orders.units), `${orders.value.toFixed(2)} ${currency}`],
    ...[percent(fillOf(orders)), orders.wasted.toFixed(1)],
  ]
  const difference = changed.value - present.value
  return [
    [...row(supplierId, 'present', present), ''],
    [...row('', 'changed', changed), `${difference < 0 ? '−' : '+'}${Math.abs(difference).toFixed(2)} ${currency}`],
  ]
}

/** One row for each currency: money of two is not added up. */
function totals(suppliers: readonly SupplierComparison[]): SupplierComparison[] {
  if (suppliers.length < 2) return []
  return [...new Set(suppliers.map(({ currency }) => currency))].map((currency) => {
    const own = suppliers.filter((supplier) => supplier.currency === currency)
    return {
      ...{ supplierId: 'all', currency, reviewed: own.reduce((sum, { reviewed }) => sum + reviewed, 0) },
      present: own.reduce((sum, { present }) => sumOf(sum, present), nothing()),
      changed: own.reduce((sum, { changed }) => sumOf(sum, changed), nothing()),
    }
  })
}

const percent = (share: number | null): string => (share === null ? '' : `${(100 * share).toFixed(2)} %`)
