/** Transfers between locations: what a plan proposed in place of buying, what people decide, and what moving costs. */

import { type Command, Option } from 'commander'
import { loadSettings } from '../../platform/settings/settings.ts'
import { listLanes, removeLane, setLane } from '../../services/replenishment/lanes.ts'
import {
  approveTransfer,
  denyTransfer,
  listTransfers,
  readTransfer,
  type TransferDetails,
  type TransferState,
  transferStates,
} from '../../services/replenishment/transfers.ts'
import { actor, person } from '../acting.ts'
import { parseCount } from '../arguments.ts'
import { withPool } from '../connections.ts'
import { identify } from '../identity.ts'
import { minute, print, printJson, printTable, UsageError } from '../output.ts'
import { printTerms } from './explained-terms.ts'

interface ListFlags {
  state?: TransferState
  location?: string
  limit: string
  cursor?: string
  json?: boolean
}

interface DecisionFlags {
  json?: boolean
}

interface DenialFlags extends DecisionFlags {
  reasonCode: string
  why?: string
}

export function registerTransfers(orders: Command): void {
  const transfers = orders.command('transfers').description('Show and decide about goods to move between locations')
  transfers
    .command('list')
    .description('List transfers, the newest first')
    .addOption(new Option('--state <state>', 'Only in this state').choices(transferStates))
    .option('--location <location>', 'Only from or to this location')
    .option('--limit <count>', 'Transfers at most', '50')
    .option('--cursor <cursor>', 'Continue after an earlier page: "next" of its JSON')
    .option('--json', 'Print JSON')
    .addHelpText('after', '\nExample:\n  shelfline orders transfers list --state proposed')
    .action(list)
  transfers
    .command('show <transfer>')
    .description('Show why a transfer was proposed, who decided, and which lots were moved')
    .option('--json', 'Print JSON')
    .addHelpText('after', '\nExample:\n  shelfline orders transfers show TR-milk-W2-W1-20170301')
    .action(show)
  deciding(transfers, 'approve', 'Approve a transfer; the goods leave within a minute').action(approve)
  deciding(
    transfers,
    'deny',
    'Deny a transfer; for a week the product is ordered from its supplier instead',
    ' --reason-code stock',
  )
    .requiredOption('--reason-code <code>', 'promotion, event, stock, space, price, quality, forecast or other')
    .option('--why <text>', 'Why')
    .action(deny)
  registerLanes(transfers)
}

const deciding = (transfers: Command, verb: string, description: string, example = ''): Command =>
  transfers
    .command(`${verb} <transfer>`)
    .description(description)
    .hook('preAction', identify)
    .option('--json', 'Print JSON')
    .addHelpText('after', `\nExample:\n  shelfline orders transfers ${verb} TR-milk-W2-W1-20170301${example}`)

async function list({ limit, json, ...filter }: ListFlags): Promise<void> {
  const asked = { ...filter, limit: parseCount('--limit', limit) }
  const { items: transfers, next } = await withPool(loadSettings(), (pool) => listTransfers(pool, asked))
  if (json) return printJson({ transfers, next })
  if (transfers.length === 0) {
    return print('No transfers match; `shelfline orders transfers lanes` shows where they are proposed')
  }
  printTable(
    ['transfer', 'product', 'from', 'to', 'units', 'gain', 'state', 'who', 'expires', 'arrives'],
    transfers.map((transfer) => [
      transfer.transferId,
      transfer.productName,
      transfer.from,
      transfer.to,
      transfer.quantity,
      `${Number(transfer.gain).toFixed(2)} ${transfer.currency}`,
      transfer.state,
      transfer.decidedBy,
      transfer.state === 'proposed' ? minute(transfer.expiresAt) : '',
      minute(transfer.arrivesAt),
    ]),
  )
  if (next !== null) print('There are more: --limit shows them')
}

async function show(id: string, { json }: { json?: boolean }): Promise<void> {
  const transfer = await withPool(loadSettings(), (pool) => readTransfer(pool, id))
  if (json) return printJson(transfer)
  const { state, quantity, productId, from, to, currency, explanation, lots, goodUntil } = transfer
  print(`${id}: ${state}`)
  print(`${quantity} × ${explanation.product_name} (${productId}) from ${from} to ${to}`)
  if (goodUntil !== null) print(`Only of lots that expire on ${goodUntil} or later`)
  printTerms(explanation.terms, currency)
  const why = [transfer.reasonCode, transfer.reason].filter((part) => part !== null).join(': ')
  const who = `by ${transfer.decidedBy}${why && `, ${why}`}`
  const steps: [what: string, at: Date | null, detail: string][] = [
    ['proposed', transfer.createdAt, state === 'proposed' ? `until ${minute(transfer.expiresAt)}` : ''],
    [state === 'denied' ? 'denied' : 'approved', transfer.decidedAt, who],
    ['shipped', transfer.shippedAt, `${transfer.shippedQuantity} units, arrive on ${minute(transfer.arrivesAt)}`],
    [state, state === 'denied' ? null : transfer.closedAt, ''],
  ]
  printTable(
    ['what', 'when (UTC)', ''],
    steps.filter(([, at]) => at !== null).map(([what, at, detail]) => [what, minute(at), detail]),
  )
  if (lots.length === 0) return
  printTable(
    ['lot', 'expires', 'units', 'arrived'],
    lots.map((lot) => [lot.batchId ?? 'not known', lot.expiresOn, lot.quantity, lot.hasArrived ? 'yes' : 'not yet']),
  )
}

async function approve(id: string, { json }: DecisionFlags): Promise<void> {
  const transfer = await withPool(loadSettings(), (pool) => approveTransfer(pool, id, { by: person() }))
  printDecision(id, transfer, 'move from', json)
}

async function deny(id: string, { json, ...reasons }: DenialFlags): Promise<void> {
  const denial = { ...reasons, by: person() }
  const transfer = await withPool(loadSettings(), (pool) => denyTransfer(pool, id, denial))
  printDecision(id, transfer, 'are not moved from', json)
}

function printDecision(
  transferId: string,
  { state, decidedBy, quantity, from, to }: TransferDetails,
  what: string,
  json: boolean | undefined,
): void {
  if (json) printJson({ transferId, state, decidedBy })
  else print(`${transferId} is ${state}: ${quantity} units ${what} ${from} to ${to}`)
}

// Between which locations, at what cost.

interface LaneFlags {
  from?: string
  to?: string
  cost?: string
  unitCost: string
  days: string
  remove?: boolean
  json?: boolean
}

function registerLanes(transfers: Command): void {
  transfers
    .command('lane')
    .description('Set the cost of transfers between two locations, or stop proposing them')
    .option('--from <location>', 'Where the goods come from; left out: any location')
    .option('--to <location>', 'Where they go; left out: any location')
    .option('--cost <money>', 'Cost of each transfer of a product')
    .option('--unit-cost <money>', 'Cost of each unit', '0')
    .option('--days <days>', 'Days until moved goods can be sold', '1')
    .option('--remove', 'Stop proposing transfers by it')
    .hook('preAction', identify)
    .option('--json', 'Print JSON')
    .addHelpText('after', '\nExample:\n  shelfline orders transfers lane --from W2 --to W1 --cost 15 --unit-cost 0.05')
    .action(lane)
  transfers
    .command('lanes')
    .description('List the lanes: the locations between which transfers are proposed, with their cost')
    .option('--json', 'Print JSON')
    .addHelpText('after', '\nExample:\n  shelfline orders transfers lanes')
    .action(lanes)
}

async function lane({ from, to, cost, unitCost, days, remove, json }: LaneFlags): Promise<void> {
  const ends = { ...(from && { from }), ...(to && { to }) }
  if (cost === undefined && !remove) throw new UsageError('orders transfers lane: give --cost, or --remove')
  await withPool(loadSettings(), (pool) =>
    remove
      ? removeLane(pool, ends)
      : setLane(pool, ends, { cost: cost!, unitCost, days: parseCount('--days', days, 0) }, actor()),
  )
  const [giver, taker] = [from ?? 'any', to ?? 'any']
  if (json) return printJson({ from: giver, to: taker, changed: 1 })
  print(`Lane from ${giver} to ${taker} ${remove ? 'removed' : 'set'}; \`shelfline orders transfers lanes\` lists all`)
}

async function lanes({ json }: { json?: boolean }): Promise<void> {
  const found = await withPool(loadSettings(), listLanes)
  if (json) return printJson({ lanes: found })
  if (found.length === 0) {
    return print('No lanes, so no transfers are proposed; `shelfline orders transfers lane --cost 15` sets one for all')
  }
  printTable(
    ['from', 'to', 'a transfer', 'a unit', 'days', 'set by'],
    found.map(({ from, to, costPerTransfer, costPerUnit, days, changedBy }) => [
      from ?? 'any',
      to ?? 'any',
      costPerTransfer,
      costPerUnit,
      days,
      changedBy,
    ]),
  )
}
