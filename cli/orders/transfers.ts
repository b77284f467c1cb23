/** Transfers between locations: what a run proposed in place of buying, what people decide, and what moving costs. */
import { userInfo } from 'node:os'
import { type Command, Option } from 'commander'
import type { StoredTransfer } from '../../activities/replenishment/transfers.ts'
import type { Pool } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'
import { loadSettings } from '../../platform/settings/settings.ts'
import { parseCount } from '../arguments.ts'
import { withPool } from '../batch.ts'
import { print, printJson, printTable, UsageError } from '../output.ts'
import { printTerms } from './explained-terms.ts'

const states = ['proposed', 'accepted', 'refused', 'expired', 'shipped', 'received'] as const
type TransferState = (typeof states)[number]

interface ListedTransfer {
  transferId: string
  productName: string
  from: string
  to: string
  quantity: string
  gain: string
  currency: string
  state: TransferState
  decidedBy: string | null
  expiresAt: Date
  arrivesAt: Date | null
}

interface ShownTransfer extends Omit<ListedTransfer, 'productName'> {
  reviewDate: string
  productId: string
  shippedQuantity: string
  goodUntil: string | null
  explanation: StoredTransfer
  createdAt: Date
  decidedAt: Date | null
  reasonCode: string | null
  reason: string | null
  shippedAt: Date | null
  closedAt: Date | null
  mayDecide: boolean
  lots: { batchId: string | null; expiresOn: string | null; quantity: string; hasArrived: boolean }[]
}

export interface DecisionOfTransfer {
  by: string
  reasonCode?: string
  reason?: string
}

interface DecisionFlags extends Partial<DecisionOfTransfer> {
  json?: boolean
}

export function registerTransfers(orders: Command): void {
  const transfers = orders.command('transfers').description('goods that one location could have from another')
  transfers
    .command('list')
    .description('transfers, the newest first')
    .addOption(new Option('--state <state>', 'only in this state').choices(states))
    .option('--location <location>', 'only those that it gives or takes')
    .option('--limit <count>', 'at most so many', '50')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  shelfline orders transfers list --state proposed')
    .action(list)
  transfers
    .command('show <transfer>')
    .description('why it was proposed, who decided, and which lots were moved')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  shelfline orders transfers show TR-milk-W2-W1-20170301')
    .action(show)
  deciding(transfers, 'accept', 'let the goods go; they leave within a minute').action(
    (id: string, flags: DecisionFlags) => decide(id, flags, 'accepted'),
  )
  deciding(transfers, 'refuse', 'the goods stay; for a week what is needed is bought', ' --reason-code stock')
    .option('--reason-code <code>', 'promotion, event, stock, space, price, quality, forecast or other')
    .option('--reason <text>', 'why')
    .action((id: string, flags: DecisionFlags) => decide(id, flags, 'refused'))
  registerLanes(transfers)
}

const deciding = (transfers: Command, verb: string, description: string, example = ''): Command =>
  transfers
    .command(`${verb} <transfer>`)
    .description(description)
    .option('--by <name>', 'who; default: your login')
    .option('--json', 'print JSON')
    .addHelpText('after', `\nExample:\n  shelfline orders transfers ${verb} TR-milk-W2-W1-20170301${example}`)

async function list(flags: { state?: string; location?: string; limit: string; json?: boolean }): Promise<void> {
  const values = [flags.state ?? null, flags.location ?? null, parseCount('--limit', flags.limit, 1, 10_000)]
  const { rows } = await withPool(loadSettings(), (pool) =>
    pool.query<ListedTransfer>(statement('purchase-orders/list_transfers.sql'), values),
  )
  if (flags.json) return printJson({ transfers: rows })
  if (rows.length === 0)
    return print('no such transfer; `shelfline orders transfers lanes` shows between whom any are proposed')
  printTable(
    ['transfer', 'product', 'from', 'to', 'units', 'gain', 'state', 'who', 'expires', 'there'],
    rows.map(
      ({ transferId, productName, from, to, quantity, gain, currency, state, decidedBy, expiresAt, arrivesAt }) => [
        ...[transferId, productName, from, to, quantity, `${Number(gain).toFixed(2)} ${currency}`, state, decidedBy],
        ...[state === 'proposed' ? minute(expiresAt) : '', minute(arrivesAt)],
      ],
    ),
  )
}

const minute = (at: Date | null): string => at?.toISOString().slice(0, 16).replace('T', ' ') ?? ''

async function show(id: string, { json }: { json?: boolean }): Promise<void> {
  const transfer = await withPool(loadSettings(), (pool) => readTransfer(pool, id))
  if (json) return printJson(transfer)
  const { state, quantity, productId, from, to, currency, explanation, lots, goodUntil } = transfer
  print(`${id}: ${state}`)
  print(`${quantity} × ${explanation.product_name} (${productId}) from ${from} to ${to}`)
  if (goodUntil !== null) print(`only of lots that expire on ${goodUntil} or later`)
  printTerms(explanation.terms, currency)
  const why = [transfer.reasonCode, transfer.reason].filter((part) => part !== null).join(': ')
  const who = `by ${transfer.decidedBy}${why && `, ${why}`}`
  const steps: [what: string, at: Date | null, detail: string][] = [
    ['proposed', transfer.createdAt, state === 'proposed' ? `until ${minute(transfer.expiresAt)}` : ''],
    [state === 'refused' ? 'refused' : 'accepted', transfer.decidedAt, who],
    ['shipped', transfer.shippedAt, `${transfer.shippedQuantity} units, there on ${minute(transfer.arrivesAt)}`],
    [state, state === 'refused' ? null : transfer.closedAt, ''],
  ]
  printTable(
    ['what', 'when', ''],
    steps.filter(([, at]) => at !== null).map(([what, at, detail]) => [what, minute(at), detail]),
  )
  if (lots.length === 0) return
  printTable(
    ['lot', 'expires', 'units', 'arrived'],
    lots.map((lot) => [lot.batchId ?? 'not known', lot.expiresOn, lot.quantity, lot.hasArrived ? 'yes' : 'not yet']),
  )
}

/** @throws UsageError when there is none */
async function readTransfer(pool: Pool, id: string, person = ''): Promise<ShownTransfer> {
  const { rows } = await pool.query<ShownTransfer>(statement('purchase-orders/read_transfer.sql'), [id, person])
  if (rows[0] === undefined)
    throw new UsageError(`transfer "${id}" is unknown; \`shelfline orders transfers list\` shows what there is`)
  return rows[0]
}

async function decide(id: string, { by, json, ...flags }: DecisionFlags, verdict: Verdict): Promise<void> {
  const decision = { ...flags, by: by ?? userInfo().username }
  const transfer = await withPool(loadSettings(), (pool) => decideTransfer(pool, id, decision, verdict))
  const { state, quantity, from, to } = transfer
  if (json) return printJson({ transferId: id, state, decidedBy: transfer.decidedBy })
  print(
    `${id} is ${state}: ${quantity} units ${verdict === 'accepted' ? `go from ${from} to ${to}` : `stay in ${from}`}`,
  )
}

type Verdict = 'accepted' | 'refused'

/**
 * Accepts or refuses a transfer, once: the same again changes nothing.
 *
 * @throws UsageError when it does not wait any more, the person has no role for either location, or a refusal gives no reason
 */
export async function decideTransfer(
  pool: Pool,
  id: string,
  { by, reasonCode, reason }: DecisionOfTransfer,
  verdict: Verdict,
): Promise<ShownTransfer> {
  if (verdict === 'refused') await refuseUnknownReason(pool, reasonCode)
  const values = [id, verdict, by, reasonCode ?? null, reason ?? null]
  const { rowCount } = await pool.query(statement('purchase-orders/decide_transfer.sql'), values)
  const transfer = await readTransfer(pool, id, by)
  if (rowCount === 1 || (transfer.state === verdict && transfer.decidedBy === by)) return transfer
  if (transfer.state !== 'proposed')
    throw new UsageError(`${id} is ${transfer.state}: only what is proposed can be ${verdict}`)
  const { from, to } = transfer
  throw new UsageError(
    `${by} has no role for ${from} or ${to}: \`shelfline orders approver ${by} --role buyer --location ${from}\` gives one`,
  )
}

async function refuseUnknownReason(pool: Pool, reasonCode: string | undefined): Promise<void> {
  const { rows } = await pool.query<{ code: string }>('select reason_code as code from ref.edit_reason order by 1')
  const codes = rows.map(({ code }) => code)
  if (reasonCode !== undefined && codes.includes(reasonCode)) return
  const known = `${codes.slice(0, -1).join(', ')} or ${codes.at(-1)}`
  throw new UsageError(
    reasonCode === undefined
      ? `a refusal needs --reason-code: ${known}`
      : `--reason-code ${reasonCode} is unknown: ${known}`,
  )
}

// Between whom, at what cost.

interface LaneFlags {
  from?: string
  to?: string
  cost?: string
  unitCost: string
  days: string
  remove?: boolean
  by?: string
  json?: boolean
}

function registerLanes(transfers: Command): void {
  transfers
    .command('lane')
    .description('let goods be moved between locations at a cost, or no more')
    .option('--from <location>', 'who gives; left out: any')
    .option('--to <location>', 'who takes; left out: any')
    .option('--cost <money>', 'of each transfer of a product')
    .option('--unit-cost <money>', 'of each unit', '0')
    .option('--days <days>', 'until moved goods can be sold', '1')
    .option('--remove', 'nothing is proposed by it any more')
    .option('--by <name>', 'who says so; default: your login')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  shelfline orders transfers lane --from W2 --to W1 --cost 15 --unit-cost 0.05')
    .action(lane)
  transfers
    .command('lanes')
    .description('between which locations transfers are proposed, and what moving costs')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  shelfline orders transfers lanes')
    .action(lanes)
}

async function lane(flags: LaneFlags): Promise<void> {
  const changed = await withPool(loadSettings(), (pool) => changeLane(pool, flags))
  const { from = 'any', to = 'any', json } = flags
  if (json) return printJson({ from, to, changed })
  print(
    `lane from ${from} to ${to} ${flags.remove ? 'removed' : 'set'}; \`shelfline orders transfers lanes\` shows all`,
  )
}

/** @throws UsageError naming the flag that can't be, or when there is no such lane to remove */
async function changeLane(pool: Pool, flags: LaneFlags): Promise<number> {
  const { from, to, cost, unitCost, days, remove, by } = flags
  await refuseUnknown(pool, '--from', from)
  await refuseUnknown(pool, '--to', to)
  if (from !== undefined && from === to) throw new UsageError(`a lane from ${from} to ${to} leads nowhere`)
  const place = [from ?? null, to ?? null]
  if (remove) {
    const { rowCount } = await pool.query(
      `delete from ref.transfer_lane
       where from_location_id is not distinct from $1 and to_location_id is not distinct from $2`,
      place,
    )
    if (rowCount === 0) throw new UsageError('there is no such lane; `shelfline orders transfers lanes` shows all')
    return rowCount!
  }
  if (cost === undefined) throw new UsageError('orders transfers lane: give --cost, or --remove')
  const costs = [parseMoney('--cost', cost), parseMoney('--unit-cost', unitCost)]
  const values = [...place, ...costs, parseCount('--days', days, 0, 30), by ?? userInfo().username]
  return (await pool.query(statement('purchase-orders/set_lane.sql'), values)).rowCount!
}

async function refuseUnknown(pool: Pool, flag: string, location: string | undefined): Promise<void> {
  if (location === undefined) return
  const { rowCount } = await pool.query('select from ref.location_product where location_id = $1 limit 1', [location])
  if (rowCount === 0) throw new UsageError(`${flag} ${location} is unknown: no goods can be ordered to it`)
}

function parseMoney(flag: string, value: string): string {
  if (!/^\d{1,9}(\.\d{1,6})?$/.test(value)) throw new UsageError(`${flag} ${value} is no amount of money (12.50)`)
  return value
}

interface ListedLane {
  from: string | null
  to: string | null
  costPerTransfer: string
  costPerUnit: string
  days: number
  changedBy: string
}

async function lanes({ json }: { json?: boolean }): Promise<void> {
  const { rows } = await withPool(loadSettings(), (pool) =>
    pool.query<ListedLane>(
      `select from_location_id as "from", to_location_id as "to", ops.decimal_text(cost_per_transfer) as "costPerTransfer",
         ops.decimal_text(cost_per_unit) as "costPerUnit", lead_time_days as "days", changed_by as "changedBy"
       from ref.transfer_lane order by 1 nulls last, 2 nulls last limit 1000`,
    ),
  )
  if (json) return printJson({ lanes: rows })
  if (rows.length === 0)
    return print(
      'no lanes: nothing is proposed; `shelfline orders transfers lane --cost 15` sets one between all locations',
    )
  printTable(
    ['from', 'to', 'a transfer', 'a unit', 'days', 'who'],
    rows.map(({ from, to, costPerTransfer, costPerUnit, days, changedBy }) => [
      ...[from ?? 'any', to ?? 'any', costPerTransfer, costPerUnit, days, changedBy],
    ]),
  )
}
