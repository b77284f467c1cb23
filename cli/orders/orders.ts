import { WorkflowExecutionAlreadyStartedError, WorkflowFailedError, type WorkflowHandle } from '@temporalio/client'
import { type Command, Option } from 'commander'
import type { StoredExplanation } from '../../activities/replenishment/replenishment.ts'
import { orderStatuses } from '../../models/purchase-orders/purchase-order.ts'
import type { Pool } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'
import { loadSettings } from '../../platform/settings/settings.ts'
import { BATCH_TASK_QUEUE } from '../../platform/temporal/temporal.ts'
import { ensureSearchAttributes } from '../../workers/search-attributes.ts'
import type {
  ReplenishmentInput,
  ReplenishmentOutput,
  ReplenishmentProgress,
} from '../../workflows/replenishment/replenishment.ts'
import { describedBy } from '../../workflows/search-attributes.ts'
import { parseCount, parseDate, parseOrderLine } from '../arguments.ts'
import { assertWorker, whileShowing, withPool, withTemporal } from '../batch.ts'
import { print, printJson, printTable, startProgress, UsageError } from '../output.ts'
import { registerDecisions } from './decide.ts'
import { printTerms, words } from './explained-terms.ts'
import { registerTransfers } from './transfers.ts'

interface Flags {
  date?: string
  location?: string
  supplier?: string
  status?: string
  open?: boolean
  limit: string
  wait?: boolean
  json?: boolean
}

const LIMIT_DEFAULT = '50'
const ACTIONS_MAX = 200

export function register(program: Command): void {
  const orders = program.command('orders').description('orders to suppliers: plan, look at, explain, decide')
  scoped(orders.command('plan').description("draft a day's orders and start their approval"))
    .option('--date <date>', 'the day of the review; default: today')
    .option('--wait', 'show progress and end with the run')
    .addHelpText('after', '\nExample:\n  shelfline orders plan --date 2017-03-01 --location W1 --wait')
    .action(plan)
  scoped(orders.command('list').description('orders, the newest first'))
    .addOption(new Option('--status <status>', 'only in this state').choices(orderStatuses))
    .option('--open', 'only those that are not over')
    .option('--limit <count>', 'orders at most', LIMIT_DEFAULT)
    .addHelpText('after', '\nExample:\n  shelfline orders list --open --supplier dairy')
    .action(list)
  orders
    .command('show')
    .description('an order: its lines, and what was done to it')
    .argument('<order>')
    .option('--limit <count>', 'lines at most', LIMIT_DEFAULT)
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  shelfline orders show PO-dairy-W1-20170301')
    .action(show)
  orders
    .command('explain')
    .description(
      'why a line orders what it orders: every term, what holds it down, what a pack more or less would cost',
    )
    .argument('<line>', 'ORDER/LINE')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  shelfline orders explain PO-dairy-W1-20170301/1')
    .action(explain)
  registerDecisions(orders)
  registerTransfers(orders)
}

const scoped = (command: Command): Command =>
  command
    .option('--location <location>', 'only for this warehouse, or store that no warehouse refills')
    .option('--supplier <supplier>', 'only from this supplier')
    .option('--json', 'print JSON')

type Replenishment = (input?: ReplenishmentInput) => Promise<ReplenishmentOutput>

async function plan({ date, location, supplier, wait, json }: Flags): Promise<void> {
  if (date !== undefined) parseDate('--date', date)
  const settings = loadSettings()
  const day = await withPool(settings, async (pool) => {
    await refuseUnknown(pool, location, supplier)
    return date ?? (await today(pool, settings.timeZone))
  })
  const input = { date: day, ...(location && { location }), ...(supplier && { supplier }) }
  await withTemporal(settings, async (client) => {
    await assertWorker(client, BATCH_TASK_QUEUE)
    await ensureSearchAttributes(client)
    const workflowId = ['replenishment', day, location, supplier].filter((part) => part).join('-')
    const handle = await client.workflow
      .start<Replenishment>('replenishment', {
        ...{ taskQueue: BATCH_TASK_QUEUE, workflowId, args: [input] },
        typedSearchAttributes: describedBy({ pipeline: 'replenishment', businessDate: day }),
      })
      .catch((error: unknown) => {
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error
        // A run that is under way plans the same: it is followed instead.
        return client.workflow.getHandle<Replenishment>(workflowId)
      })
    if (!wait) {
      if (json) return printJson({ workflowId })
      return print(`${workflowId} started; \`shelfline orders list\` shows what it drafts`)
    }
    const output = await follow(handle)
    if (json) return printJson({ workflowId, ...output })
    printPlan(output)
  })
}

async function follow(handle: WorkflowHandle<Replenishment>): Promise<ReplenishmentOutput> {
  const bar = startProgress(handle.workflowId, 1)
  const refresh = async (): Promise<void> => {
    const { locationsDone, ordersStarted } = await handle.query<ReplenishmentProgress, []>('progress')
    // How many locations there are is known at the end.
    bar.setTotal(locationsDone + 1)
    bar.update(locationsDone, `${ordersStarted} orders begun`)
  }
  try {
    const output = await whileShowing(refresh, handle.result())
    bar.setTotal(Math.max(1, output.locations))
    bar.finish()
    return output
  } catch (error) {
    bar.stop('failed')
    if (error instanceof WorkflowFailedError) throw new Error(error.cause?.message ?? error.message)
    throw error
  }
}

function printPlan({
  date,
  locations,
  orders,
  lines,
  value,
  statuses,
  cancelled,
  ordersStarted,
  transfers,
  skipped,
  examples,
}: ReplenishmentOutput): void {
  const worth = Object.entries(value).map(([currency, amount]) => `${amount} ${currency}`)
  print(
    `${date}: ${orders} orders with ${lines} lines, ${worth.join(' and ') || 'nothing'}, for ${locations} locations;`,
  )
  print(`${ordersStarted} begun now. \`shelfline orders list\` shows them.`)
  for (const sentence of keptDays(statuses, cancelled)) print(sentence)
  if (transfers > 0)
    print(`${transfers} transfers wait to be accepted: \`shelfline orders transfers list --state proposed\``)
  if (examples.length === 0) return
  const counts = Object.entries(skipped).map(([reason, products]) => `${reason} ${products}`)
  print(`\nNot planned: ${counts.join(', ')}. For example:`)
  printTable(
    ['location', 'supplier', 'product', 'reason', 'what to do'],
    examples.map(({ locationId, supplierId, productId, reason, detail }) => [
      ...[locationId, supplierId, productId, reason, detail],
    ]),
  )
}

/** Why a day has fewer orders than one might expect: a sentence each. */
export function keptDays(statuses: Readonly<Record<string, number>>, cancelled: number): string[] {
  const sentences: string[] = []
  if (cancelled > 0) {
    sentences.push(
      `${counted(cancelled, 'order')} of the day ${cancelled === 1 ? 'was' : 'were'} cancelled before being sent: not counted above, and planned again where goods are still needed.`,
    )
  }
  for (const status of ['denied', 'expired'] as const) {
    const orders = statuses[status] ?? 0
    if (orders === 0) continue
    sentences.push(
      `${counted(orders, 'order')} of the day ${orders === 1 ? 'is' : 'are'} ${status}: nothing more is ordered there from the same supplier before the next day.`,
    )
  }
  return sentences
}

const counted = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`

interface ListedOrder {
  purchaseOrderId: string
  supplierId: string
  locationId: string
  reviewDate: string
  status: string
  lines: number
  totalValue: string
  currency: string
  expectedOn: string | null
  receivedPercent: number | null
}

async function list({ status, supplier, location, open, limit, json }: Flags): Promise<void> {
  const count = parseCount('--limit', limit, 1, 10_000)
  const values = [status ?? null, supplier ?? null, location ?? null, open ?? false, count]
  const { rows } = await withPool(loadSettings(), (pool) =>
    pool.query<ListedOrder>(statement('replenishment/list_orders.sql'), values),
  )
  if (json) return printJson({ orders: rows })
  if (rows.length === 0) return print('no such order; `shelfline orders plan --wait` drafts what is needed')
  printTable(
    ['order', 'supplier', 'location', 'review', 'status', 'lines', 'value', 'expected', 'received'],
    rows.map((row) => [
      ...[row.purchaseOrderId, row.supplierId, row.locationId, row.reviewDate, row.status, row.lines],
      ...[money(row.totalValue, row.currency), row.expectedOn],
      row.receivedPercent === null ? '' : `${row.receivedPercent} %`,
    ]),
  )
}

export interface OrderRetry {
  activity: string
  /** That failed. */
  attempts: number
  lastError: string
  lastTriedAt: string
  nextTryAt: string
}

/** How far its supplier is told. */
export interface OrderSending {
  what: 'order' | 'cancellation'
  state: 'due' | 'retried' | 'refused'
  /** That failed; null: none, or nobody knows how many. */
  attempts: number | null
  lastError: string | null
  lastTriedAt: string | null
  nextTryAt: string | null
}

interface ShownOrder extends Omit<ListedOrder, 'lines' | 'receivedPercent'> {
  supplierName: string | null
  revision: number
  expiresAt: string | null
  approvalRole: string | null
  approvalsNeeded: number | null
  risks: string[]
  /** Null when there is nothing to tell its supplier. */
  sending: OrderSending | null
  /** Steps of its workflow that failed and are tried again, sending among them. */
  retries: OrderRetry[]
  lineCount: number
  lines: {
    lineNo: number
    productId: string
    productName: string | null
    proposedQuantity: string
    quantity: string
    unitCost: string
    value: string
    receivedQuantity: string
    damagedQuantity: string
    cancelledQuantity: string
    bindingConstraint: string | null
  }[]
  actions: {
    at: string
    by: string
    action: string
    lineNo: number | null
    reasonCode: string | null
    reason: string | null
    detail: Record<string, unknown>
  }[]
}

async function show(id: string, { limit, json }: Flags): Promise<void> {
  const count = parseCount('--limit', limit, 1, 10_000)
  const order = await withPool(loadSettings(), (pool) => readOrder(pool, id, count))
  if (json) return printJson(order)
  const { status, revision, supplierId, supplierName, locationId, totalValue, currency, expectedOn } = order
  print(`${order.purchaseOrderId}: ${status}, revision ${revision}, ${money(totalValue, currency)}`)
  print(`from ${supplierName ?? supplierId} (${supplierId}) to ${locationId}, expected on ${expectedOn ?? '?'}`)
  if (status === 'awaiting_approval') {
    print(`waits for ${order.approvalsNeeded} × ${order.approvalRole}, until ${order.expiresAt?.slice(0, 16) ?? '?'}`)
  }
  for (const sentence of sendingInWords(order)) print(sentence)
  if (order.risks.length > 0) print(`looked at more closely: ${order.risks.join('; ')}`)
  printTable(
    ['line', 'product', 'name', 'proposed', 'ordered', 'unit cost', 'value', 'received', 'damaged', 'bound by'],
    order.lines.map((line) => [
      ...[
        line.lineNo,
        line.productId,
        line.productName,
        line.proposedQuantity,
        line.quantity,
        line.unitCost,
        line.value,
      ],
      ...[line.receivedQuantity, line.damagedQuantity, words(line.bindingConstraint ?? '')],
    ]),
  )
  if (order.lineCount > order.lines.length) print(`… and ${order.lineCount - order.lines.length} lines more (--limit)`)
  printTable(
    ['when', 'who', 'what', 'line', 'why'],
    order.actions.map(({ at, by, action, lineNo, reasonCode, reason }) => [
      ...[
        at.slice(0, 16).replace('T', ' '),
        by,
        action,
        lineNo,
        [reasonCode, reason].filter((part) => part).join(': '),
      ],
    ]),
  )
}

/** What keeps an order from its supplier, or its workflow from going on: a sentence each. */
export function sendingInWords({
  purchaseOrderId,
  sending,
  retries,
}: Pick<ShownOrder, 'purchaseOrderId' | 'sending' | 'retries'>): string[] {
  const others = retries.filter(({ activity }) => !suppliersActivities.has(activity))
  return [
    ...(sending === null ? [] : [supplierInWords(purchaseOrderId, sending)]),
    ...others.map((retry) => `its step ${retry.activity} has ${triedInWords(retry)}`),
  ]
}

const suppliersActivities: ReadonlySet<string> = new Set(['sendPurchaseOrder', 'withdrawPurchaseOrder'])

function supplierInWords(
  id: string,
  { what, state, attempts, lastError, lastTriedAt, nextTryAt }: OrderSending,
): string {
  const isOrder = what === 'order'
  switch (state) {
    case 'due':
      return isOrder ? 'about to be sent' : 'its supplier is about to be told that it was cancelled'
    case 'retried': {
      const tried = triedInWords({
        attempts: attempts!,
        lastError: lastError!,
        lastTriedAt: lastTriedAt!,
        nextTryAt: nextTryAt!,
      })
      const wayOut = isOrder ? `; \`shelfline orders cancel ${id}\` calls it off` : ''
      return `${isOrder ? 'not sent yet' : 'its supplier has not been told that it was cancelled'}: ${tried}${wayOut}`
    }
    case 'refused': {
      const said = `at ${minuteOf(lastTriedAt!)}: ${lastError ?? 'no reason is known'}`
      return isOrder
        ? `not sent, and not tried again since it was refused ${said}. Correct the cause, then \`shelfline orders resend ${id}\`, or cancel it`
        : `its supplier could not be told that it was cancelled, ${said}. A person has to call them`
    }
  }
}

const triedInWords = ({ attempts, lastError, lastTriedAt, nextTryAt }: Omit<OrderRetry, 'activity'>): string =>
  `failed ${counted(attempts, 'time')}, last at ${minuteOf(lastTriedAt)}: ${lastError}; next try at ${minuteOf(nextTryAt)}`

const minuteOf = (instant: string): string => instant.slice(0, 19).replace('T', ' ')

/** @throws UsageError when there is no such order */
export async function readOrder(pool: Pool, id: string, linesMax: number): Promise<ShownOrder> {
  const { rows } = await pool.query<{ document: ShownOrder }>(statement('replenishment/show_order.sql'), [
    ...[id, linesMax, ACTIONS_MAX],
  ])
  if (rows[0] === undefined)
    throw new UsageError(`order "${id}" is unknown; \`shelfline orders list\` shows what there is`)
  return rows[0].document
}

interface ExplainedLine {
  purchaseOrderId: string
  lineNo: number
  productId: string
  quantity: string
  proposedQuantity: string
  currency: string
  explanation: StoredExplanation
}

async function explain(text: string, { json }: Flags): Promise<void> {
  const { order, line } = parseOrderLine(text)
  const explained = await withPool(loadSettings(), (pool) => readLine(pool, order, line))
  if (json) return printJson(explained)
  printExplanation(explained)
}

async function readLine(pool: Pool, order: string, line: number): Promise<ExplainedLine> {
  const { rows } = await pool.query<ExplainedLine>(
    `select purchase_order_id as "purchaseOrderId", line_no as "lineNo", product_id as "productId",
       ops.decimal_text(quantity) as quantity, ops.decimal_text(proposed_quantity) as "proposedQuantity", currency, explanation
     from ops.purchase_order_line join ops.purchase_order using (purchase_order_id)
     where purchase_order_id = $1 and line_no = $2`,
    [order, line],
  )
  if (rows[0] === undefined)
    throw new UsageError(`order line "${order}/${line}" is unknown; \`shelfline orders show ${order}\``)
  return rows[0]
}

function printExplanation({ explanation, ...line }: ExplainedLine): void {
  const { terms, steps, bindingConstraint, quantityWithout, costOfOnePackMore, costOfOnePackLess } = explanation
  print(
    `${line.purchaseOrderId}/${line.lineNo}: ${line.proposedQuantity} × ${explanation.product_name} (${line.productId})`,
  )
  if (line.quantity !== line.proposedQuantity) print(`a person has made it ${line.quantity}`)
  printTerms(terms, line.currency)
  print('How the quantity came about:')
  printTable(
    ['step', 'limit', 'units after it'],
    steps.map(({ constraint, limit, quantity }) => [words(constraint), limit, quantity]),
  )
  if (bindingConstraint === null) print('Nothing held the quantity down or pushed it up.')
  else print(`Bound by ${words(bindingConstraint)}: without it ${quantityWithout} would be ordered.`)
  const costs: [string, number | null][] = [
    ['A pack more', costOfOnePackMore],
    ['A pack less', costOfOnePackLess],
  ]
  for (const [what, cost] of costs)
    if (cost !== null) print(`${what} is expected to ${difference(cost, line.currency)}.`)
  for (const remark of [...explanation.fallbacks, ...explanation.remarks]) print(`– ${remark}`)
}

const difference = (cost: number, currency: string): string =>
  `${cost >= 0 ? 'cost' : 'save'} ${Math.abs(cost).toFixed(2)} ${currency}`

const money = (amount: string, currency: string): string => `${Number(amount).toFixed(2)} ${currency}`

/** The day that it is for the business. */
export async function today(pool: Pool, timeZone: string): Promise<string> {
  const { rows } = await pool.query<{ today: string }>('select (ops.now() at time zone $1)::date as today', [timeZone])
  return rows[0]!.today
}

/** @throws UsageError naming what nobody has heard of */
export async function refuseUnknown(pool: Pool, location?: string, supplier?: string): Promise<void> {
  const { rows } = await pool.query<{ location: boolean; supplier: boolean }>(
    `select
       $1::text is null or exists (select from ref.location_product where location_id = $1)
         or exists (select from ref.supply_terms where location_id = $1) as location,
       $2::text is null or exists (select from ref.suppliers where supplier_id = $2)
         or exists (select from ref.supply_terms where supplier_id = $2) as supplier`,
    [location ?? null, supplier ?? null],
  )
  const known = rows[0]!
  if (!known.location) throw new UsageError(`--location ${location} is unknown: no goods can be ordered to it`)
  if (!known.supplier) throw new UsageError(`--supplier ${supplier} is unknown: supplier_catalog does not tell of it`)
}
