/** What people decide about orders: Updates of the orders' workflows, and who may send them. */
import { userInfo } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'
import { WorkflowNotFoundError, WorkflowUpdateFailedError } from '@temporalio/client'
import type { Command } from 'commander'
import { impossible } from '../../activities/purchase-orders/purchase-order.ts'
import type { OrderStatus } from '../../models/purchase-orders/purchase-order.ts'
import type { Pool } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'
import { loadSettings } from '../../platform/settings/settings.ts'
import { BATCH_TASK_QUEUE } from '../../platform/temporal/temporal.ts'
import type { OrderAnswer } from '../../workflows/purchase-orders/purchase-order.ts'
import type { OrderUpdate, OrderUpdates } from '../../workflows/purchase-orders/requests.ts'
import { parseCount, parseOrderLine } from '../arguments.ts'
import { assertWorker, withPool, withTemporal } from '../batch.ts'
import { print, printJson, printTable, UsageError } from '../output.ts'

interface DecisionFlags {
  by?: string
  reason?: string
  revision?: string
  json?: boolean
}

interface EditFlags extends DecisionFlags {
  quantity: string
  reasonCode: string
}

interface ApproverFlags {
  role?: string
  location?: string
  delegateTo?: string
  until?: string
  remove?: boolean
  by?: string
  json?: boolean
}

export function registerDecisions(orders: Command): void {
  decision(orders, 'approve', 'approve an order that waits for it').action((order: string, flags: DecisionFlags) =>
    decide(order, 'approve', flags, {}),
  )
  decision(orders, 'deny', 'stop an order: one denial is enough').action((order: string, flags: DecisionFlags) =>
    decide(order, 'deny', flags, {}),
  )
  decision(
    orders,
    'cancel',
    'call an order off; when part of it has come, the rest of it, and then --reason must be given',
    ' --reason "the rest is discontinued"',
  ).action((order: string, flags: DecisionFlags) => decide(order, 'cancel', flags, {}))
  decision(orders, 'resend', 'send an order again that its supplier refused').action(
    (order: string, flags: DecisionFlags) => decide(order, 'resend', flags, {}),
  )
  decision(orders, 'delegate', 'let somebody else decide about an order', ' --to bob')
    .requiredOption('--to <name>', 'who may decide in your place')
    .action((order: string, flags: DecisionFlags & { to: string }) =>
      decide(order, 'delegate', flags, { to: flags.to }),
    )
  decision(
    orders,
    'edit',
    'order another quantity of a line; what was proposed is kept',
    '/2 --quantity 24 --reason-code promotion',
  )
    .requiredOption('--quantity <units>', 'units from now on; 0 drops the line')
    .requiredOption('--reason-code <code>', 'promotion, event, stock, space, price, quality, forecast or other')
    .action(edit)
  orders
    .command('approvals')
    .description('what waits for whom, and who may approve what')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  shelfline orders approvals')
    .action(approvals)
  orders
    .command('approver <name>')
    .description('let somebody approve orders in a role, name a delegate, or take it away')
    .option('--role <role>', 'buyer, senior_buyer, director, or what ref.approval_tier has')
    .option('--location <location>', 'only for this warehouse or store')
    .option('--delegate-to <name>', 'who decides in his place')
    .option('--until <instant>', 'as long as that (2024-05-01T12:00:00Z)')
    .option('--remove', 'he may not any more')
    .option('--by <name>', 'who says so; default: your login')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  shelfline orders approver ann --role buyer --location W1' +
        '\n  shelfline orders approver ann --delegate-to bob --until 2024-05-01T12:00:00Z',
    )
    .action(approver)
}

const decision = (orders: Command, verb: string, description: string, example = ''): Command =>
  orders
    .command(`${verb} <${verb === 'edit' ? 'line' : 'order'}>`)
    .description(description)
    .option('--by <name>', 'who; default: your login')
    .option('--reason <text>', 'why')
    .option('--revision <number>', 'only if the order is still what it was then; default: as it is now')
    .option('--json', 'print JSON')
    .addHelpText('after', `\nExample:\n  shelfline orders ${verb} PO-dairy-W1-20170301${example}`)

function edit(text: string, flags: EditFlags): Promise<void> {
  const { order, line } = parseOrderLine(text)
  return decide(order, 'edit', flags, { line, quantity: flags.quantity, reasonCode: flags.reasonCode })
}

type Particulars<Step extends OrderUpdate> = Omit<OrderUpdates[Step], 'by' | 'reason' | 'revision'>

async function decide<Step extends OrderUpdate>(
  order: string,
  step: Step,
  { by, reason, revision, json }: DecisionFlags,
  particulars: Particulars<Step>,
): Promise<void> {
  const settings = loadSettings()
  const answer = await withPool(settings, async (pool) => {
    const found = await readStatus(pool, order)
    const seen = revision === undefined ? found.revision : parseCount('--revision', revision)
    const input = {
      ...particulars,
      by: by ?? userInfo().username,
      revision: seen,
      ...(reason !== undefined && { reason }),
    }
    return withTemporal(settings, async (client) => {
      await assertWorker(client, BATCH_TASK_QUEUE)
      const handle = client.workflow.getHandle(`purchase-order-${order}`)
      return await within(
        order,
        explained(pool, order, step, handle.executeUpdate<OrderAnswer, [object]>(step, { args: [input] })),
      )
    })
  })
  if (json) return printJson({ purchaseOrderId: order, ...answer })
  print(answer.message)
}

interface FoundOrder {
  status: OrderStatus
  revision: number
}

async function readStatus(pool: Pool, order: string): Promise<FoundOrder> {
  const { rows } = await pool.query<FoundOrder>(
    'select status, revision from ops.purchase_order where purchase_order_id = $1',
    [order],
  )
  if (rows[0] === undefined)
    throw new UsageError(`order "${order}" is unknown; \`shelfline orders list\` shows what there is`)
  return rows[0]
}

/** A refusal is wrong use, told as the workflow told it. */
async function explained(
  pool: Pool,
  order: string,
  step: OrderUpdate,
  asked: Promise<OrderAnswer>,
): Promise<OrderAnswer> {
  try {
    return await asked
  } catch (error) {
    if (error instanceof WorkflowUpdateFailedError) throw new UsageError(error.cause?.message ?? error.message)
    if (!(error instanceof WorkflowNotFoundError)) throw error
    const { status } = await readStatus(pool, order)
    if (!endedWithoutWorkflow.has(status)) {
      throw new Error(
        `${order} has no workflow at the moment; the schedule order-news begins one within an hour, \`shelfline schedules run order-news\` at once`,
      )
    }
    throw new UsageError(impossible(order, status, step))
  }
}

const endedWithoutWorkflow: ReadonlySet<OrderStatus> = new Set(['closed', 'denied', 'expired', 'cancelled'])

const ANSWER_MS_MAX = 30_000

/** A worker that was there a moment ago may be gone. */
async function within(order: string, asked: Promise<OrderAnswer>): Promise<OrderAnswer> {
  const waited = new AbortController()
  const tooLong = pause(ANSWER_MS_MAX, undefined, { signal: waited.signal }).then(() => {
    throw new Error(
      `${order}: no answer within ${ANSWER_MS_MAX / 1000} s; it may be carried out later: \`shelfline orders show ${order}\` tells`,
    )
  })
  tooLong.catch(() => undefined)
  try {
    return await Promise.race([asked, tooLong])
  } finally {
    waited.abort()
  }
}

// Who may.

interface WaitingOrder {
  purchaseOrderId: string
  supplierId: string
  locationId: string
  totalValue: string
  currency: string
  role: string
  given: number
  needed: number
  isEscalated: boolean
  expiresAt: string | null
  risks: string[]
  whoMay: string[]
}

interface Approver {
  person: string
  role: string
  fromValue: string | null
  locationId: string | null
  delegateTo: string | null
  delegateUntil: string | null
}

async function approvals({ json }: { json?: boolean }): Promise<void> {
  const { waiting, approvers } = await withPool(loadSettings(), readApprovals)
  if (json) return printJson({ waiting, approvers })
  if (waiting.length === 0) print('no order waits for approval')
  else {
    printTable(
      ['order', 'location', 'value', 'role', 'given', 'until', 'risks', 'who may'],
      waiting.map((order) => [
        ...[order.purchaseOrderId, order.locationId, `${Number(order.totalValue).toFixed(2)} ${order.currency}`],
        ...[`${order.role}${order.isEscalated ? ', escalated' : ''}`, `${order.given} of ${order.needed}`],
        ...[
          order.expiresAt?.slice(0, 16).replace('T', ' '),
          order.risks.join('; '),
          order.whoMay.join(', ') || 'nobody',
        ],
      ]),
    )
  }
  if (approvers.length === 0)
    return print('nobody may approve yet; `shelfline orders approver ann --role buyer` changes it')
  printTable(
    ['who', 'role', 'for orders from', 'location', 'delegate', 'until'],
    approvers.map(({ person, role, fromValue, locationId, delegateTo, delegateUntil }) => [
      ...[person, role, fromValue ?? 'no tier has this role', locationId ?? 'all'],
      ...[delegateTo, delegateUntil?.slice(0, 16).replace('T', ' ')],
    ]),
  )
}

/** At most 200 of each. */
export async function readApprovals(pool: Pool): Promise<{ waiting: WaitingOrder[]; approvers: Approver[] }> {
  const waiting = await pool.query<WaitingOrder>(statement('purchase-orders/list_waiting.sql'))
  const approvers = await pool.query<Approver>(statement('purchase-orders/list_approvers.sql'))
  return { waiting: waiting.rows, approvers: approvers.rows }
}

async function approver(person: string, flags: ApproverFlags): Promise<void> {
  const changed = await withPool(loadSettings(), (pool) => changeApprover(pool, person, flags))
  if (flags.json) return printJson({ person, changed })
  print(`${changed} rows of ref.approver changed; \`shelfline orders approvals\` shows who may`)
}

/**
 * Gives somebody a role, names his delegate, or takes his roles away.
 *
 * @returns rows that changed
 * @throws UsageError when the role is in no tier, or the flags contradict each other
 */
export async function changeApprover(pool: Pool, person: string, flags: ApproverFlags): Promise<number> {
  const { role, location, delegateTo, until, remove, by } = flags
  if ((delegateTo === undefined) !== (until === undefined)) {
    throw new UsageError('orders approver: --delegate-to and --until go together')
  }
  if (until !== undefined && Number.isNaN(Date.parse(until))) {
    throw new UsageError(`--until ${until} is not an instant (2024-05-01T12:00:00Z)`)
  }
  if (person === 'shelfline') throw new UsageError('"shelfline" is the name that Shelfline itself acts under')
  if (role !== undefined) await refuseUnknownRole(pool, role)
  if (!remove && role === undefined && delegateTo === undefined) {
    throw new UsageError('orders approver: give --role, --delegate-to with --until, or --remove')
  }
  const file = remove
    ? 'purchase-orders/remove_approver.sql'
    : role === undefined
      ? 'purchase-orders/set_delegate.sql'
      : 'purchase-orders/add_approver.sql'
  const place = [person, role ?? null, location ?? null]
  const values = remove ? place : [...place, delegateTo ?? null, until ?? null, by ?? userInfo().username]
  const { rowCount } = await pool.query(statement(file), values)
  if (rowCount === 0) throw new UsageError(`${person} has no such role; \`shelfline orders approvals\` shows who may`)
  return rowCount!
}

async function refuseUnknownRole(pool: Pool, role: string): Promise<void> {
  const { rows } = await pool.query<{ role: string }>(
    'select distinct role from ref.approval_tier where role is not null order by 1',
  )
  const roles = rows.map((row) => row.role)
  if (!roles.includes(role))
    throw new UsageError(`--role ${role} is in no approval tier: they have ${roles.join(', ')}`)
}
