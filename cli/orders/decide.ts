/** What people decide about orders, and who may. */

import type { Command } from 'commander'
import type { Pool } from '../../platform/postgres/postgres.ts'
import { loadSettings } from '../../platform/settings/settings.ts'
import { addApprover, nameDelegate, readApprovals, removeApprover } from '../../services/purchase-orders/approvals.ts'
import { decideOrder, type OrderDecision, type OrderUpdate } from '../../services/purchase-orders/decisions.ts'
import { confirmEndpoint, listUnconfirmedEndpoints } from '../../services/purchase-orders/endpoints.ts'
import { actor, person } from '../acting.ts'
import { parseCount, parseOrderLine } from '../arguments.ts'
import { withPool, withTemporal } from '../connections.ts'
import { identify } from '../identity.ts'
import { counted, minute, print, printJson, printTable, UsageError } from '../output.ts'

interface DecisionFlags {
  why?: string
  revision?: string
  json?: boolean
}

interface EditFlags extends DecisionFlags {
  quantity: string
  reasonCode: string
}

export function registerDecisions(orders: Command): void {
  decision(orders, 'approve', 'Approve an order that waits for approval').action(
    (order: string, flags: DecisionFlags) => decide(order, 'approve', flags, {}),
  )
  decision(orders, 'deny', 'Deny an order: one denial stops it').action((order: string, flags: DecisionFlags) =>
    decide(order, 'deny', flags, {}),
  )
  decision(
    orders,
    'cancel',
    'Cancel an order, or its outstanding units if part of it has been received; that requires --why',
    ' --why "the rest is discontinued"',
  ).action((order: string, flags: DecisionFlags) => decide(order, 'cancel', flags, {}))
  decision(orders, 'resend', 'Resend an order that its supplier rejected').action(
    (order: string, flags: DecisionFlags) => decide(order, 'resend', flags, {}),
  )
  decision(orders, 'delegate', 'Let another person decide about an order', ' --to bob')
    .requiredOption('--to <name>', 'Who may decide in your place')
    .action((order: string, flags: DecisionFlags & { to: string }) =>
      decide(order, 'delegate', flags, { to: flags.to }),
    )
  decision(
    orders,
    'edit',
    'Change the quantity of a line; the proposed quantity is kept beside it',
    '/2 --quantity 24 --reason-code promotion',
  )
    .requiredOption('--quantity <units>', 'The new quantity; 0 drops the line')
    .requiredOption('--reason-code <code>', 'promotion, event, stock, space, price, quality, forecast or other')
    .action(edit)
  registerApprovals(orders)
  registerEndpoints(orders)
}

const decision = (orders: Command, verb: string, description: string, example = ''): Command =>
  orders
    .command(`${verb} <${verb === 'edit' ? 'line' : 'order'}>`)
    .description(description)
    .hook('preAction', identify)
    .option('--why <text>', 'Why')
    .option('--revision <number>', 'Only if the order has not changed since this revision; default: as it is now')
    .option('--json', 'Print JSON')
    .addHelpText('after', `\nExample:\n  shelfline orders ${verb} PO-dairy-W1-20170301${example}`)

function edit(text: string, flags: EditFlags): Promise<void> {
  const { order, line } = parseOrderLine(text)
  return decide(order, 'edit', flags, { line, quantity: flags.quantity, reasonCode: flags.reasonCode })
}

async function decide<Step extends OrderUpdate>(
  order: string,
  step: Step,
  { why, revision, json }: DecisionFlags,
  particulars: Omit<OrderDecision<Step>, 'by' | 'why' | 'revision'>,
): Promise<void> {
  const settings = loadSettings()
  const asked = {
    ...particulars,
    by: person(),
    ...(why !== undefined && { why }),
    ...(revision !== undefined && { revision: parseCount('--revision', revision) }),
  } as OrderDecision<Step>
  const answer = await withPool(settings, (pool) =>
    withTemporal(settings, (temporal) => decideOrder({ pool, temporal }, order, step, asked)),
  )
  if (json) return printJson(answer)
  print(answer.message)
}

// Who may.

function registerEndpoints(orders: Command): void {
  orders
    .command('endpoints')
    .description('List suppliers whose orders wait until a person confirms where they are sent')
    .option('--json', 'Print JSON')
    .addHelpText('after', '\nExample:\n  shelfline orders endpoints')
    .action(async ({ json }: { json?: boolean }) => {
      const suppliers = await withPool(loadSettings(), listUnconfirmedEndpoints)
      if (json) return printJson({ suppliers })
      if (suppliers.length === 0) return print('Every place that orders are sent to is confirmed')
      printTable(
        ['supplier', 'name', 'adapter', 'where', 'since (UTC)'],
        suppliers.map(({ supplierId, name, adapter, endpoint, toldAt }) => [
          supplierId,
          name,
          adapter,
          endpoint,
          minute(toldAt),
        ]),
      )
    })
  orders
    .command('confirm-endpoint <supplier>')
    .description('Confirm where orders to a supplier are sent, after it has changed')
    .hook('preAction', identify)
    .option('--json', 'Print JSON')
    .addHelpText('after', '\nExample:\n  shelfline orders confirm-endpoint dairy')
    .action(async (supplier: string, { json }: { json?: boolean }) => {
      const endpoint = await withPool(loadSettings(), (pool) => confirmEndpoint(pool, supplier, person()))
      if (json) return printJson({ supplier, endpoint })
      print(`Orders to ${supplier} are sent to ${endpoint}`)
    })
}

interface ApproverFlags {
  role?: string
  location?: string
  delegateTo?: string
  until?: string
  remove?: boolean
  json?: boolean
}

function registerApprovals(orders: Command): void {
  orders
    .command('approvals')
    .description('Show which orders wait for approval, and who may approve what')
    .option('--json', 'Print JSON')
    .addHelpText('after', '\nExample:\n  shelfline orders approvals')
    .action(approvals)
  orders
    .command('approver <name>')
    .description('Give a person a role, name their delegate, or remove their roles')
    .option('--role <role>', 'buyer, senior_buyer, director, or another of ref.approval_tier')
    .option('--location <location>', 'Only for this warehouse or store')
    .option('--delegate-to <name>', 'Who decides in their place')
    .option('--until <instant>', 'When the delegation ends (2024-05-01T12:00:00Z)')
    .option('--remove', 'Remove their roles')
    .hook('preAction', identify)
    .option('--json', 'Print JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  shelfline orders approver ann --role buyer --location W1' +
        '\n  shelfline orders approver ann --delegate-to bob --until 2024-05-01T12:00:00Z',
    )
    .action(approver)
}

async function approvals({ json }: { json?: boolean }): Promise<void> {
  const { waiting, approvers } = await withPool(loadSettings(), readApprovals)
  if (json) return printJson({ waiting, approvers })
  if (waiting.length === 0) print('No order waits for approval')
  else {
    printTable(
      ['order', 'location', 'value', 'role', 'given', 'expires (UTC)', 'risks', 'who may'],
      waiting.map((order) => [
        order.purchaseOrderId,
        order.locationId,
        `${Number(order.totalValue).toFixed(2)} ${order.currency}`,
        `${order.role}${order.isEscalated ? ', escalated' : ''}`,
        `${order.given} of ${order.needed}`,
        minute(order.expiresAt),
        order.risks.join('; '),
        order.whoMay.join(', ') || 'no one',
      ]),
    )
  }
  if (approvers.length === 0) {
    return print('No one may approve yet: `shelfline orders approver ann --role buyer` gives a role')
  }
  printTable(
    ['who', 'role', 'for orders from', 'location', 'delegate', 'until (UTC)'],
    approvers.map(({ person, role, fromValue, locationId, delegateTo, delegateUntil }) => [
      person,
      role,
      fromValue ?? 'no tier has this role',
      locationId ?? 'all',
      delegateTo,
      minute(delegateUntil),
    ]),
  )
}

async function approver(person: string, flags: ApproverFlags): Promise<void> {
  const { changed, message } = await withPool(loadSettings(), (pool) => changeApprover(pool, person, flags))
  if (flags.json) return printJson({ person, changed })
  print(message)
}

async function changeApprover(
  pool: Pool,
  person: string,
  { role, location, delegateTo, until, remove }: ApproverFlags,
): Promise<{ changed: number; message: string }> {
  const scope = { person, ...(role && { role }), ...(location && { location }) }
  if ((delegateTo === undefined) !== (until === undefined)) {
    throw new UsageError('orders approver: give --delegate-to and --until together')
  }
  const delegation = delegateTo === undefined ? undefined : { delegateTo, until: until! }
  const instead = () => `${delegateTo} decides for ${person} until ${minute(until!)}`
  if (remove) {
    const changed = await removeApprover(pool, scope)
    return { changed, message: `${person}: ${counted(changed, 'role')} removed` }
  }
  if (role !== undefined) {
    await addApprover(pool, { ...scope, role }, delegation, actor())
    const may = `${person} may approve as ${role} for ${location ?? 'all locations'}`
    return { changed: 1, message: [may, ...(delegation ? [instead()] : [])].join('; ') }
  }
  if (delegation === undefined) {
    throw new UsageError('orders approver: give --role, --delegate-to with --until, or --remove')
  }
  const changed = await nameDelegate(pool, scope, delegation, actor())
  return { changed, message: `${instead()} (${counted(changed, 'role')})` }
}
