import type { Command } from 'commander'
import { loadSettings } from '../../platform/settings/settings.ts'
import {
  fillOf,
  type PricedOrders,
  type SupplierComparison,
  totalsOf,
  type WhatIfAnswer,
  type WhatIfChange,
  whatIf,
} from '../../services/replenishment/whatif.ts'
import { parseNumber } from '../arguments.ts'
import { withPool } from '../connections.ts'
import { counted, type Progress, percent, print, printJson, printTable, startProgress } from '../output.ts'

interface Flags {
  serviceTarget?: string
  leadTimeDays?: string
  budgetPerDay?: string
  date?: string
  location?: string
  supplier?: string
  json?: boolean
}

export function register(program: Command): void {
  program
    .command('whatif')
    .description("Compare a day's orders under a changed policy with those under the current one; nothing is written")
    .option('--service-target <share>', 'Service target of every policy, e.g. 0.98')
    .option('--lead-time-days <days>', 'Days that deliveries take longer or less, e.g. +2 or -1')
    .option('--budget-per-day <money>', "Money that each location's orders of the day may come to")
    .option('--date <date>', 'The day of the review; default: today')
    .option('--location <location>', 'Only for this warehouse, or store that no warehouse refills')
    .option('--supplier <supplier>', 'Only from this supplier')
    .option('--json', 'Print JSON')
    .addHelpText(
      'after',
      '\nExample:\n  shelfline whatif --service-target 0.98 --lead-time-days +2 --budget-per-day 50000',
    )
    .action(compare)
}

async function compare({ serviceTarget, leadTimeDays, budgetPerDay, json, ...scope }: Flags): Promise<void> {
  const change: WhatIfChange = {
    ...(serviceTarget !== undefined && { serviceTarget: parseNumber('--service-target', serviceTarget) }),
    ...(leadTimeDays !== undefined && { leadTimeDays: parseNumber('--lead-time-days', leadTimeDays) }),
    ...(budgetPerDay !== undefined && { budgetPerDay: parseNumber('--budget-per-day', budgetPerDay) }),
  }
  const settings = loadSettings()
  let bar: Progress | undefined
  const onLocation = (done: number) => {
    bar ??= startProgress('whatif', 1)
    // How many locations there are is known at the end.
    bar.setTotal(done + 1)
    bar.update(done)
  }
  try {
    const answer = await withPool(settings, (pool) =>
      whatIf({ pool, timeZone: settings.timeZone }, { ...scope, change }, onLocation),
    )
    bar?.setTotal(answer.locations)
    bar?.finish()
    if (json) return printJson({ change, ...answer })
    printAnswer(answer)
  } catch (error) {
    bar?.stop('failed')
    throw error
  }
}

function printAnswer({ date, locations, closed, suppliers }: WhatIfAnswer): void {
  if (closed.length > 0) print(`Suppliers that accept no orders on ${date}: ${closed.join(', ')}`)
  if (suppliers.length === 0) {
    print(`Nothing to compare on ${date}: no supplier with terms takes orders; see \`shelfline orders plan --wait\``)
    return
  }
  const totals = suppliers.length < 2 ? [] : totalsOf(suppliers).map((total) => ({ supplierId: 'all', ...total }))
  printTable(
    ['supplier', '', 'lines', 'units', 'value', 'fill', 'waste', 'difference'],
    [...suppliers.filter(isAnything), ...totals].flatMap(rowsOf),
  )
  print(
    `${counted(locations, 'location')}. Fill: share of the demand between two deliveries that is met. Waste: units expected to expire.`,
  )
}

/** A supplier whose products have no demand is in no table; `--json` has it. */
const isAnything = ({ present, changed }: SupplierComparison): boolean =>
  present.demand > 0 || changed.demand > 0 || present.lines > 0 || changed.lines > 0

function rowsOf({ supplierId, currency, present, changed }: SupplierComparison): (string | number)[][] {
  const row = (name: string, what: string, orders: PricedOrders) => [
    name,
    what,
    orders.lines,
    Math.round(orders.units),
    `${orders.value.toFixed(2)} ${currency}`,
    percent(fillOf(orders), 2),
    orders.wasted.toFixed(1),
  ]
  const difference = changed.value - present.value
  return [
    [...row(supplierId, 'present', present), ''],
    [...row('', 'changed', changed), `${difference < 0 ? '−' : '+'}${Math.abs(difference).toFixed(2)} ${currency}`],
  ]
}
