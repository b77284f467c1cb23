import { type Command, Option } from 'commander'
import { loadSettings } from '../../platform/settings/settings.ts'
import {
  type ExplainedLine,
  explainLine,
  listOrders,
  type Order,
  type OrderRetry,
  type OrderSending,
  type OrderStatus,
  orderStatuses,
  readOrder,
} from '../../services/purchase-orders/orders.ts'
import { planResult, type ReplenishmentOutput, readPlanProgress, startPlan } from '../../services/replenishment/plan.ts'
import type { PlanScope } from '../../services/replenishment/scope.ts'
import { parseCount, parseOrderLine } from '../arguments.ts'
import { withPool, withTemporal } from '../connections.ts'
import { counted, minute, print, printJson, printTable, startProgress } from '../output.ts'
import { whileShowing } from '../waiting.ts'
import { registerDecisions } from './decide.ts'
import { printTerms, words } from './explained-terms.ts'
import { registerTransfers } from './transfers.ts'

interface PlanFlags extends PlanScope {
  date?: string
  wait?: boolean
  json?: boolean
}

interface ListFlags extends PlanScope {
  status?: OrderStatus
  open?: boolean
  limit: string
  cursor?: string
  json?: boolean
}

const LIMIT_DEFAULT = '50'

export function register(program: Command): void {
  const orders = program.command('orders').description('Plan, show, explain and decide about orders to suppliers')
  scoped(orders.command('plan').description("Draft a day's orders and start their approval"))
    .option('--date <date>', 'The day of the review; default: today')
    .option('--wait', 'Show progress until the run has ended')
    .addHelpText('after', '\nExample:\n  shelfline orders plan --date 2017-03-01 --location W1 --wait')
    .action(plan)
  scoped(orders.command('list').description('List orders, the newest first'))
    .addOption(new Option('--status <status>', 'Only with this status').choices(orderStatuses))
    .option('--open', 'Only those that have not ended')
    .option('--limit <count>', 'Orders at most', LIMIT_DEFAULT)
    .option('--cursor <cursor>', 'Continue after an earlier page: "next" of its JSON')
    .addHelpText('after', '\nExample:\n  shelfline orders list --open --supplier dairy')
    .action(list)
  orders
    .command('show')
    .description('Show an order: its lines and its history')
    .argument('<order>')
    .option('--limit <count>', 'Lines at most', LIMIT_DEFAULT)
    .option('--json', 'Print JSON')
    .addHelpText('after', '\nExample:\n  shelfline orders show PO-dairy-W1-20170301')
    .action(show)
  orders
    .command('explain')
    .description(
      'Explain the quantity of an order line: every term, the limiting constraint, the cost of a pack more or less',
    )
    .argument('<line>', 'ORDER/LINE')
    .option('--json', 'Print JSON')
    .addHelpText('after', '\nExample:\n  shelfline orders explain PO-dairy-W1-20170301/1')
    .action(explain)
  registerDecisions(orders)
  registerTransfers(orders)
}

const scoped = (command: Command): Command =>
  command
    .option('--location <location>', 'Only for this warehouse, or store that no warehouse refills')
    .option('--supplier <supplier>', 'Only from this supplier')
    .option('--json', 'Print JSON')

async function plan({ wait, json, ...request }: PlanFlags): Promise<void> {
  const settings = loadSettings()
  const { timeZone } = settings
  await withTemporal(settings, async (temporal) => {
    const { workflowId } = await withPool(settings, (pool) => startPlan({ pool, temporal, timeZone }, request))
    if (!wait) {
      if (json) return printJson({ workflowId })
      return print(`${workflowId} started; \`shelfline orders list\` shows what it drafts`)
    }
    const bar = startProgress(workflowId, 1)
    const refresh = async (): Promise<void> => {
      const { locationsDone, ordersStarted } = await readPlanProgress(temporal, workflowId)
      // How many locations there are is known at the end.
      bar.setTotal(locationsDone + 1)
      bar.update(locationsDone, `${ordersStarted} orders started`)
    }
    try {
      const output = await whileShowing(refresh, planResult(temporal, workflowId))
      bar.setTotal(Math.max(1, output.locations))
      bar.finish()
      if (json) return printJson({ workflowId, ...output })
      printPlan(output, request)
    } catch (error) {
      bar.stop('failed')
      throw error
    }
  })
}

function printPlan(output: ReplenishmentOutput, scope: PlanScope): void {
  const { transfers, skipped, examples } = output
  for (const sentence of planInWords(output, scope)) print(sentence)
  if (transfers > 0) {
    print(`${counted(transfers, 'transfer')} to approve: \`shelfline orders transfers list --state proposed\``)
  }
  if (examples.length === 0) return
  const counts = Object.entries(skipped).map(([reason, products]) => `${words(reason)} ${products}`)
  print(`\nNot planned: ${counts.join(', ')}. For example:`)
  printTable(
    ['location', 'supplier', 'product', 'reason', 'what to do'],
    examples.map(({ locationId, supplierId, productId, reason, detail }) => [
      locationId,
      supplierId,
      productId,
      words(reason),
      detail,
    ]),
  )
}

type PlannedDay = Pick<
  ReplenishmentOutput,
  'date' | 'locations' | 'orders' | 'lines' | 'value' | 'statuses' | 'cancelled' | 'ordersStarted'
>

/** What a run planned, and why a day has fewer orders than one might expect: a sentence each. */
export function planInWords(day: PlannedDay, { location, supplier }: PlanScope): string[] {
  const { date, locations, orders, lines, value, statuses, cancelled, ordersStarted } = day
  if (locations === 0) {
    const whose = `${location ? ` for ${location}` : ''}${supplier ? ` from ${supplier}` : ''}`
    return [
      `${date}: no orders, since there are no supply terms${whose}.`,
      'Send them with `shelfline import`, or on the topics supplier_catalog and supply_terms; then plan again.',
    ]
  }
  const worth = Object.entries(value).map(([currency, amount]) => `${amount} ${currency}`)
  const planned =
    orders === 0
      ? `${date}: no orders are needed for ${counted(locations, 'location')}.`
      : `${date}: ${counted(orders, 'order')} with ${counted(lines, 'line')}, ${worth.join(' and ')}, for ${counted(locations, 'location')}; ${ordersStarted} started now. \`shelfline orders list\` shows them.`
  return [planned, ...missingOrders(statuses, cancelled)]
}

function missingOrders(statuses: Readonly<Record<string, number>>, cancelled: number): string[] {
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

async function list({ open, limit, json, ...filter }: ListFlags): Promise<void> {
  const asked = { ...filter, isOpen: open ?? false, limit: parseCount('--limit', limit) }
  const { items: orders, next } = await withPool(loadSettings(), (pool) => listOrders(pool, asked))
  if (json) return printJson({ orders, next })
  if (orders.length === 0) return print('No orders match; `shelfline orders plan --wait` drafts what is needed')
  printTable(
    ['order', 'supplier', 'location', 'review', 'status', 'lines', 'value', 'expected', 'received'],
    orders.map((order) => [
      order.purchaseOrderId,
      order.supplierId,
      order.locationId,
      order.reviewDate,
      words(order.status),
      order.lines,
      money(order.totalValue, order.currency),
      order.expectedOn,
      order.receivedPercent === null ? '' : `${order.receivedPercent} %`,
    ]),
  )
  if (next !== null) print('There are more: --limit shows them')
}

async function show(id: string, { limit, json }: { limit: string; json?: boolean }): Promise<void> {
  const request = { limit: parseCount('--limit', limit) }
  const order = await withPool(loadSettings(), (pool) => readOrder(pool, id, request))
  if (json) return printJson(order)
  const { status, revision, supplierId, supplierName, locationId, totalValue, currency, expectedOn } = order
  print(`${order.purchaseOrderId}: ${words(status)}, revision ${revision}, ${money(totalValue, currency)}`)
  print(`From ${supplierName ?? supplierId} (${supplierId}) to ${locationId}, expected on ${expectedOn ?? '?'}`)
  if (status === 'awaiting_approval') {
    print(`Waits for ${order.approvalsNeeded} × ${order.approvalRole}, until ${minute(order.expiresAt) || '?'}`)
  }
  for (const sentence of sendingInWords(order)) print(sentence)
  if (order.risks.length > 0) print(`Risks: ${order.risks.join('; ')}`)
  printTable(
    ['line', 'product', 'name', 'proposed', 'ordered', 'unit cost', 'value', 'received', 'damaged', 'limited by'],
    order.lines.map((line) => [
      line.lineNo,
      line.productId,
      line.productName,
      line.proposedQuantity,
      line.quantity,
      line.unitCost,
      line.value,
      line.receivedQuantity,
      line.damagedQuantity,
      words(line.bindingConstraint ?? ''),
    ]),
  )
  if (order.lineCount > order.lines.length) print(`… and ${order.lineCount - order.lines.length} more lines (--limit)`)
  if (order.actions.length === 0) return
  printTable(
    ['when (UTC)', 'who', 'what', 'line', 'why'],
    order.actions.map(({ at, by, action, lineNo, reasonCode, reason }) => [
      minute(at),
      by,
      words(action),
      lineNo,
      [reasonCode, reason].filter((part) => part).join(': '),
    ]),
  )
}

/** What keeps an order from its supplier, or its workflow from continuing: a sentence each. */
export function sendingInWords({
  purchaseOrderId,
  sending,
  retries,
}: Pick<Order, 'purchaseOrderId' | 'sending' | 'retries'>): string[] {
  const others = retries.filter(({ activity }) => !suppliersActivities.has(activity))
  return [
    ...(sending === null ? [] : [supplierInWords(purchaseOrderId, sending)]),
    ...others.map((retry) => `Its step ${retry.activity} has ${triedInWords(retry)}`),
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
      return isOrder ? 'About to be sent' : 'Its cancellation is about to be sent to the supplier'
    case 'retried': {
      const tried = triedInWords({
        attempts: attempts!,
        lastError: lastError!,
        lastTriedAt: lastTriedAt!,
        nextTryAt: nextTryAt!,
      })
      const fix = isOrder ? `; \`shelfline orders cancel ${id}\` cancels it` : ''
      return `${isOrder ? 'Not sent yet' : 'Its cancellation is not sent yet'}: ${tried}${fix}`
    }
    case 'refused': {
      const why = `at ${second(lastTriedAt!)}: ${lastError ?? 'no reason is known'}`
      return isOrder
        ? `Not sent: rejected ${why}. Not retried: correct the cause, then \`shelfline orders resend ${id}\`, or cancel it`
        : `Its cancellation could not be sent: rejected ${why}. Call the supplier`
    }
  }
}

const triedInWords = ({ attempts, lastError, lastTriedAt, nextTryAt }: Omit<OrderRetry, 'activity'>): string =>
  `failed ${counted(attempts, 'time')}, last at ${second(lastTriedAt)}: ${lastError}; next retry at ${second(nextTryAt)}`

const second = (instant: string): string => instant.slice(0, 19).replace('T', ' ')

async function explain(text: string, { json }: { json?: boolean }): Promise<void> {
  const { order, line } = parseOrderLine(text)
  const explained = await withPool(loadSettings(), (pool) => explainLine(pool, order, line))
  if (json) return printJson(explained)
  printExplanation(explained)
}

function printExplanation({ explanation, ...line }: ExplainedLine): void {
  const { terms, steps, bindingConstraint, quantityWithout, costOfOnePackMore, costOfOnePackLess } = explanation
  print(
    `${line.purchaseOrderId}/${line.lineNo}: ${line.proposedQuantity} × ${explanation.product_name} (${line.productId})`,
  )
  if (line.quantity !== line.proposedQuantity) print(`Edited to ${line.quantity}`)
  printTerms(terms, line.currency)
  print('Steps to the quantity:')
  printTable(
    ['step', 'limit', 'units after it'],
    steps.map(({ constraint, limit, quantity }) => [words(constraint), limit, quantity]),
  )
  if (bindingConstraint === null) print('Nothing limited the quantity.')
  else print(`Limited by ${words(bindingConstraint)}: without it ${quantityWithout} would be ordered.`)
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
