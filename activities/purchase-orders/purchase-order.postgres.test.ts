import { ApplicationFailure } from '@temporalio/activity'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createLogger } from '../../platform/log.ts'
import { createPool, type Pool } from '../../platform/postgres/postgres.ts'
import { loadSettings } from '../../platform/settings/settings.ts'
import { createTestDatabase, type TestDatabase } from '../../platform/testing.ts'
import { createOrderNewsActivities } from './news.ts'
import type { OrderRequest } from './order.ts'
import { createPurchaseOrderActivities, type PurchaseOrderActivities } from './purchase-order.ts'
import { seedOrder, seedSupply, stepBy } from './testing.ts'

let database: TestDatabase
let pool: Pool
let activities: PurchaseOrderActivities
beforeAll(async () => {
  database = await createTestDatabase(loadSettings())
  pool = createPool(database.settings, createLogger({ logLevel: 'error' }, 'test'))
  activities = createPurchaseOrderActivities({ pool })
  await seedSupply(pool)
})
afterAll(async () => {
  await pool?.end()
  await database?.drop()
})

let id = ''
let location = ''
let requests = 0

const rows = async (text: string, ...values: unknown[]) => (await pool.query(text, values)).rows
const ask = async (
  step: OrderRequest['step'],
  by = 'shelfline',
  more: Partial<OrderRequest> = {},
  requestId?: string,
) => {
  requests += 1
  const asked = { order: id, step, by, requestId: requestId ?? `r${requests}` }
  if (by !== 'shelfline') return stepBy(pool, activities, asked, more)
  return activities.stepPurchaseOrder({
    purchaseOrderId: id,
    requestId: asked.requestId,
    request: { step, by, ...more },
  })
}

/** A new order of this many units of tea and milk, for 2.50 each. */
async function draft(tea: number, milk = 6, change = {}): Promise<void> {
  location = `place${requests}`
  id = await seedOrder(pool, {
    id: `PO-${requests}`,
    location,
    lines: { milk, tea },
    ...change,
  })
  requests += 1
}

const orderRow = async () => (await rows('select * from ops.purchase_order where purchase_order_id = $1', id))[0]!
const actions = async () =>
  (
    await rows(
      'select action, acted_by from ops.purchase_order_action where purchase_order_id = $1 order by action_id',
      id,
    )
  ).map(({ action, acted_by }) => `${action} by ${acted_by}`)

/** What is refused is reported, and leaves the order, its story and the outbox as they were. */
async function refusal(work: () => Promise<unknown>): Promise<string> {
  const outbox = () => rows('select count(*) from ops.outbox')
  const before = [await orderRow(), await actions(), await outbox()]
  const error = await work().then(
    () => expect.fail('it should have been refused'),
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(ApplicationFailure)
  const type = /\w+ may not \w+ it/.test((error as Error).message) ? 'OrderForbidden' : 'OrderRefused'
  expect(error).toMatchObject({ type, nonRetryable: true })
  expect([await orderRow(), await actions(), await outbox()]).toEqual(before)
  return (error as Error).message
}

describe('approval', () => {
  test('a small order is approved by itself, and the topic has the whole of it', async () => {
    await draft(60)
    const { order } = await ask('submit')
    expect(order).toMatchObject({ status: 'approved', revision: 2, approvedRevision: 2, approvalRole: null })
    const [{ payload }] = await rows(
      `select payload from ops.outbox where key = $1 order by outbox_id desc limit 1`,
      id,
    )
    expect(payload).toMatchObject({ purchase_order_id: id, status: 'approved', revision: 2, total_value: '165' })
    expect(payload.lines).toMatchObject([
      { line_no: 1, product_id: 'milk', quantity: '6' },
      { line_no: 2, product_id: 'tea', quantity: '60', proposed_quantity: '60' },
    ])
  })

  test('a larger one waits for a buyer, or a role above', async () => {
    await draft(240)
    const { order } = await ask('submit')
    expect(order).toMatchObject({ status: 'awaiting_approval', approvalRole: 'buyer', approvalsNeeded: 1 })
    expect(order.escalatesInMs).toBeGreaterThan(3.9 * 3_600_000)
    expect(order.expiresInMs).toBeGreaterThan(47 * 3_600_000)
    expect((await orderRow()).expires_at).not.toBeNull()
    expect(await refusal(() => ask('approve', 'eve'))).toMatch(/eve may not approve it; allowed: ann, bob, cleo;/)
    expect(await refusal(() => ask('approve', 'dan'))).toContain('dan may not approve it')
    expect((await ask('approve', 'cleo')).order).toMatchObject({ status: 'approved', approvers: ['cleo'] })
    expect((await orderRow()).expires_at).toBeNull()
    expect(await actions()).toEqual(['submit by shelfline', 'approve by cleo'])
  })

  test('the same request counts once; approving again is refused', async () => {
    await draft(240)
    await ask('submit')
    await ask('approve', 'ann', {}, 'click')
    const again = await ask('approve', 'ann', {}, 'click')
    expect(again.message).toContain('this request was already carried out; the order is approved')
    expect(await actions()).toEqual(['submit by shelfline', 'approve by ann'])
    expect(await refusal(() => ask('approve', 'bob'))).toContain(
      'is approved and about to be sent: approve is not possible',
    )
  })

  test('two have to approve what is worth much, and not the same one twice', async () => {
    await draft(24_000)
    await rows(
      `insert into ref.approver values ('dora', 'director', null, null, null, 'test'), ('dirk', 'director', null, null, null, 'test') on conflict do nothing`,
    )
    await ask('submit')
    expect(await refusal(() => ask('approve', 'cleo'))).toContain('allowed: dirk, dora')
    const first = await ask('approve', 'dora')
    expect(first).toMatchObject({ order: { status: 'awaiting_approval' }, message: expect.stringContaining('1 of 2') })
    expect(await refusal(() => ask('approve', 'dora'))).toContain('dora has already approved it')
    expect((await ask('approve', 'dirk')).order.status).toBe('approved')
  })

  test('any denial stops it, and an approval that comes later changes nothing', async () => {
    await draft(240)
    await ask('submit')
    expect((await ask('deny', 'bob', { reason: 'too much' })).order.status).toBe('denied')
    expect(await refusal(() => ask('approve', 'ann'))).toContain('is denied: approve is not possible; nothing was done')
  })

  test('after expiry an approval is refused', async () => {
    await draft(240)
    await ask('submit')
    await ask('expire')
    expect(await refusal(() => ask('approve', 'ann'))).toContain('is expired: approve is not possible')
  })

  test('who has seen another revision has to look again', async () => {
    await draft(240)
    const { order } = await ask('submit')
    await ask('edit', 'bob', { line: 2, quantity: '252', reasonCode: 'promotion' })
    expect(await refusal(() => ask('approve', 'ann', { revision: order.revision }))).toContain(
      `has changed: it is at revision ${order.revision + 1}, not ${order.revision}`,
    )
    expect((await ask('approve', 'ann', { revision: order.revision + 1 })).order.status).toBe('approved')
  })

  test('a standing delegate decides while it lasts, and one who is asked for this order', async () => {
    await draft(240)
    await ask('submit')
    await rows(`update ref.approver set delegate_to = 'eve', delegate_until = now() + '1 day' where person = 'ann'`)
    expect((await ask('approve', 'eve')).order.status).toBe('approved')
    const [{ detail }] = await rows(
      `select detail from ops.purchase_order_action where purchase_order_id = $1 and acted_by = 'eve'`,
      id,
    )
    expect(detail.on_behalf_of).toBe('ann')

    await draft(240)
    await rows(`update ref.approver set delegate_until = now() - interval '1 minute' where person = 'ann'`)
    await ask('submit')
    expect(await refusal(() => ask('approve', 'eve'))).toContain('eve may not approve it')
    expect(await refusal(() => ask('delegate', 'eve', { to: 'fred' }))).toContain('eve may not delegate it')
    expect(await refusal(() => ask('delegate', 'ann', { to: 'ann' }))).toContain('their own delegate')
    await ask('delegate', 'bob', { to: 'fred' })
    expect((await ask('approve', 'fred')).order.status).toBe('approved')
  })

  const approvalsOf = async () =>
    (
      await rows(
        `select acted_by, detail ->> 'on_behalf_of' as right, detail ->> 'given' as given from ops.purchase_order_action
         where purchase_order_id = $1 and action = 'approve' order by action_id`,
        id,
      )
    ).map(({ acted_by, right, given }) => `${given}: ${acted_by}${right === null ? '' : ` for ${right}`}`)

  test('a delegate acts in the right of the person who named them: the two are one approval, in either order', async () => {
    await rows(`insert into ref.approver values ('rita', 'director', null, null, null, 'test')`)
    await rows(`insert into ref.approver values ('rolf', 'director', null, null, null, 'test')`)
    await rows(`update ref.approver set delegate_to = 'zoe', delegate_until = now() + '1 day' where person = 'rita'`)
    await draft(24_000)
    await ask('submit')
    await ask('approve', 'rita')
    expect(await refusal(() => ask('approve', 'zoe'))).toContain(
      'zoe would approve it on behalf of rita, as rita has already done: another person has to',
    )
    expect((await ask('approve', 'rolf')).order.status).toBe('approved')
    expect(await approvalsOf()).toEqual(['1: rita', '2: rolf'])

    await draft(24_000)
    await ask('submit')
    await ask('approve', 'zoe')
    expect(await refusal(() => ask('approve', 'rita'))).toContain('zoe has already approved it on behalf of rita')
    await ask('delegate', 'rita', { to: 'yan' })
    expect(await refusal(() => ask('approve', 'yan'))).toContain('on behalf of rita, as zoe has already done')
    // Rolf is asked for rita too; their own right counts.
    await ask('delegate', 'rita', { to: 'rolf' })
    expect((await ask('approve', 'rolf')).order.status).toBe('approved')
    expect(await approvalsOf()).toEqual(['1: zoe for rita', '2: rolf'])
  })

  test('a person who edits an order has no delegate approve it for them', async () => {
    await draft(240)
    await ask('submit')
    await rows(`update ref.approver set delegate_to = 'eva', delegate_until = now() + '1 day' where person = 'ann'`)
    await ask('edit', 'ann', { line: 2, quantity: '246', reasonCode: 'space' })
    expect(await refusal(() => ask('approve', 'eva'))).toContain('on behalf of ann, who has edited it')
    await rows(`update ref.approver set delegate_to = null, delegate_until = null where person = 'ann'`)
    expect((await ask('approve', 'bob')).order.status).toBe('approved')
  })

  test('escalated once', async () => {
    await draft(240)
    await ask('submit')
    expect((await ask('escalate')).order.isEscalated).toBe(true)
    expect((await ask('escalate')).message).toContain('nothing has changed')
    expect(await actions()).toEqual(['submit by shelfline', 'escalate by shelfline'])
  })
})

describe('edits', () => {
  test('keep the proposal, must be a reason, and void what was approved', async () => {
    await draft(24_000)
    await ask('submit')
    await ask('approve', 'dora')
    const { order } = await ask('edit', 'bob', { line: 2, quantity: '23994', reasonCode: 'space' })
    expect(order).toMatchObject({ status: 'awaiting_approval', approvers: [], editors: ['bob'], totalValue: '60000.0' })
    const [line] = await rows('select * from ops.purchase_order_line where purchase_order_id = $1 and line_no = 2', id)
    expect(line).toMatchObject({ proposed_quantity: '24000', quantity: '23994' })
    await ask('approve', 'dora')
    expect((await ask('approve', 'dirk')).order.status).toBe('approved')
  })

  test('no one approves what they edited themselves, not even a small order', async () => {
    await draft(240)
    await ask('submit')
    const { order } = await ask('edit', 'ann', { line: 2, quantity: '12', reasonCode: 'forecast' })
    expect(order).toMatchObject({ status: 'awaiting_approval', approvalRole: 'buyer' })
    expect(await refusal(() => ask('approve', 'ann'))).toContain('ann has edited it: another person has to approve it')
    expect((await ask('approve', 'bob')).order.status).toBe('approved')
  })

  test('a line that is raised far is looked at one tier up', async () => {
    await draft(240)
    await ask('submit')
    const { order } = await ask('edit', 'bob', { line: 1, quantity: '18', reasonCode: 'event' })
    expect(order.approvalRole).toBe('senior_buyer')
    expect((await orderRow()).risks).toEqual(['line 1 was raised from 6 to 18'])
  })

  test.each<[Partial<OrderRequest>, string]>([
    [{ quantity: '250', reasonCode: 'space' }, 'line 2 has packs of 6: order 246 or 252, not 250'],
    [
      { quantity: '246', reasonCode: 'because' },
      'the reason code "because" is unknown: use one of event, forecast, other',
    ],
    [{ quantity: '246', reasonCode: 'other' }, 'requires a reason in words'],
    [{ quantity: '240', reasonCode: 'space' }, 'the quantity of line 2 is already 240'],
    [{ line: 9, quantity: '6', reasonCode: 'space' }, 'it has no line 9'],
  ])('%j is refused', async (change, told) => {
    await draft(240)
    await ask('submit')
    expect(await refusal(() => ask('edit', 'ann', { line: 2, ...change }))).toContain(told)
  })

  test('an order of nothing is none, and what is sent is not edited', async () => {
    await draft(240, 0)
    await ask('submit')
    const nothing = { line: 2, quantity: '0', reasonCode: 'forecast' }
    expect(await refusal(() => ask('edit', 'ann', nothing))).toContain('deny or cancel the order instead')
    expect(await refusal(() => ask('edit', 'eve', nothing))).toContain('eve may not edit it')
    await ask('approve', 'ann')
    await ask('send')
    expect(await refusal(() => ask('edit', 'ann', nothing))).toContain('is sent to its supplier: edit is not possible')
  })
})

describe('after it was sent', () => {
  /** As the processor of receipts writes it. */
  const came = (product: string, received: number, damaged = 0) =>
    rows(
      `update ops.purchase_order_line set received_quantity = received_quantity + $3, damaged_quantity = damaged_quantity + $4
       where purchase_order_id = $1 and product_id = $2`,
      id,
      product,
      received,
      damaged,
    )
  const sent = async () => {
    await draft(60)
    await ask('submit')
    await ask('send', 'shelfline', { detail: { adapter: 'file' } })
  }

  test('it is received in parts, invoiced and closed', async () => {
    await sent()
    expect((await ask('settle')).message).toContain('nothing has changed')
    await came('tea', 48, 6)
    expect((await ask('settle')).order.status).toBe('partly_received')
    expect((await ask('settle')).message).toContain('nothing has changed')
    await came('tea', 12)
    await came('milk', 6)
    expect((await ask('settle')).order.status).toBe('received')
    const line = (product_id: string, quantity: string, unit_price = '2.50') => ({ product_id, quantity, unit_price })
    const invoice = (number: string, ...lines: ReturnType<typeof line>[]) =>
      ask('invoice', 'acme', { invoice: { number, lines } })
    const wrong = await invoice('I-1', line('tea', '60'), line('milk', '6', '2.60'), line('jam', '1'))
    expect(wrong.message).toContain('tea 60 invoiced in all, 54 came undamaged')
    expect(wrong.message).toContain('milk costs 2.6 on the invoice and 2.5 in the order')
    expect(wrong.message).toContain('jam was not ordered')
    expect(wrong.order.status).toBe('received')
    expect((await invoice('I-2', line('tea', '54'))).message).toContain('the rest is still to be invoiced')
    expect((await invoice('I-3', line('milk', '6'))).order.status).toBe('closed')
    expect((await actions()).slice(-3)).toEqual(['dispute by acme', 'invoice by acme', 'invoice by acme'])
  })

  const bill = (number: string, quantity: string, unit_price = '2.5') =>
    ask('invoice', 'acme', { invoice: { number, lines: [{ product_id: 'tea', quantity, unit_price }] } })

  test('an invoice counts once: the same again changes nothing, another one under its number is refused', async () => {
    await draft(60, 0)
    await ask('submit')
    await ask('send')
    await came('tea', 60)
    await ask('settle')
    expect((await bill('I-7', '30')).message).toContain('invoice I-7 matches; the rest is still to be invoiced')
    const before = [await orderRow(), await actions()]
    const again = await bill(' I-7 ', '30.00', '2.50')
    expect(again.message).toContain('invoice I-7 is already recorded with the same lines; nothing was done')
    expect(again.order.status).toBe('received')
    expect([await orderRow(), await actions()]).toEqual(before)
    expect(await refusal(() => bill('I-7', '24'))).toContain(
      'invoice I-7 of acme is already recorded with other lines (30 × tea for 2.5, not 24 × tea for 2.5): give a correction another number',
    )
    expect((await bill('I-8', '30')).order.status).toBe('closed')
    const [{ invoiced }] = await rows(
      'select sum(invoiced_quantity)::int as invoiced from ops.purchase_order_line where purchase_order_id = $1',
      id,
    )
    expect(invoiced).toBe(60)
  })

  test('an invoice that was disputed may come again under its number, corrected', async () => {
    await draft(60, 0)
    await ask('submit')
    await ask('send')
    await came('tea', 60)
    await ask('settle')
    expect((await bill('I-1', '66')).message).toContain('does not match')
    expect((await bill('I-1', '60')).order.status).toBe('closed')
  })

  test('the same number is another invoice for another order', async () => {
    for (let order = 0; order < 2; order += 1) {
      await draft(6, 0)
      await ask('submit')
      await ask('send')
      await came('tea', 6)
      await ask('settle')
      expect((await bill('I-both', '6')).order.status).toBe('closed')
    }
  })

  test('two at once: one invoice counts', async () => {
    await draft(60, 0)
    await ask('submit')
    await ask('send')
    await came('tea', 60)
    await ask('settle')
    const answers = await Promise.all([bill('I-9', '30'), bill('I-9', '30'), bill('I-9', '30')])
    expect(answers.filter(({ message }) => message.includes('is already recorded'))).toHaveLength(2)
    expect((await orderRow()).status).toBe('received')
  })

  test('what does not arrive is written off a lead time after it was expected', async () => {
    await sent()
    await came('tea', 30)
    const expected = `update ops.purchase_order set expected_on = ops.now()::date - $2::integer where purchase_order_id = $1`
    await rows(expected, id, 2)
    expect((await ask('settle')).order.status).toBe('partly_received')
    await rows(expected, id, 3)
    expect((await ask('settle')).order.status).toBe('received')
    expect((await actions()).at(-1)).toBe('give_up by shelfline')
    const [{ cancelled }] = await rows(
      'select sum(cancelled_quantity)::int as cancelled from ops.purchase_order_line where purchase_order_id = $1',
      id,
    )
    expect(cancelled).toBe(36)
    expect(await rows('select from ops.on_order where location_id = $1 and quantity > 0', location)).toEqual([])
  })

  test('cancelled before anything came', async () => {
    await sent()
    const { order } = await ask('cancel', 'ann')
    expect(order).toMatchObject({ status: 'cancelled', isWithdrawn: true, isOver: false, steps: [] })
    expect((await ask('withdraw')).order).toMatchObject({ status: 'cancelled', isWithdrawn: false, isOver: true })
    expect((await ask('withdraw')).message).toContain('nothing has changed')
    expect((await actions()).slice(-2)).toEqual(['cancel by ann', 'withdraw by shelfline'])
  })

  test('cancelled before it was approved: there is no one to notify', async () => {
    await draft(240)
    await ask('submit')
    expect((await ask('cancel', 'ann')).order).toMatchObject({ status: 'cancelled', isWithdrawn: false, isOver: true })
  })

  test('a cancelled order is looked after until its supplier was notified', async () => {
    const news = createOrderNewsActivities({ pool })
    const isListed = async () => (await news.listOrderNews()).some(({ purchaseOrderId }) => purchaseOrderId === id)
    await sent()
    await ask('cancel', 'ann')
    expect(await isListed()).toBe(true)
    await news.markOrderNewsTold([{ purchaseOrderId: id, receiptNo: null }])
    expect(await isListed()).toBe(false)
    await rows(
      `update ops.purchase_order set looked_after_at = now() - interval '61 minutes' where purchase_order_id = $1`,
      id,
    )
    expect(await isListed()).toBe(true)
    await ask('fail_withdraw')
    expect(await isListed()).toBe(false)
  })

  const onOrder = () => rows('select quantity::int from ops.on_order where location_id = $1 and quantity > 0', location)
  const invoiceTea = (quantity: string) =>
    ask('invoice', 'acme', {
      invoice: { number: quantity, lines: [{ product_id: 'tea', quantity, unit_price: '2.5' }] },
    })

  test('the rest of a partial delivery is cancelled, for a reason, once; what arrived is invoiced', async () => {
    await sent()
    await came('tea', 24)
    await ask('settle')
    expect(await refusal(() => ask('cancel', 'eve', { reason: 'sold out' }))).toContain('eve may not cancel it')
    expect(await refusal(() => ask('cancel', 'ann'))).toContain(
      '24 units were delivered: cancelling the rest requires a reason',
    )
    expect(await onOrder()).toHaveLength(2)
    const { order, message } = await ask('cancel', 'ann', { reason: 'sold out' }, 'click')
    expect(order).toMatchObject({ status: 'received', isWithdrawn: true })
    expect(message).toContain('42 outstanding units cancelled; 24 were delivered')
    expect(await onOrder()).toEqual([])
    expect((await ask('cancel', 'ann', { reason: 'sold out' }, 'click')).message).toContain(
      'this request was already carried out',
    )
    expect(await refusal(() => ask('cancel', 'ann', { reason: 'sold out' }))).toContain(
      'is received: cancel is not possible; possible: invoice',
    )
    expect((await ask('withdraw')).order.isWithdrawn).toBe(false)
    expect((await invoiceTea('60')).message).toContain('60 invoiced in all, 24 came undamaged')
    expect((await invoiceTea('24')).order.status).toBe('closed')
  })

  test('what comes after the rest was cancelled is counted and invoiced all the same', async () => {
    await sent()
    await came('tea', 24)
    await ask('cancel', 'ann', { reason: 'sold out' })
    await came('tea', 12)
    expect(await onOrder()).toEqual([])
    expect((await invoiceTea('36')).order.status).toBe('closed')
  })

  test('of what has come as a whole nothing is outstanding, so there is nothing to cancel', async () => {
    await sent()
    await came('tea', 60)
    await came('milk', 6)
    expect(await refusal(() => ask('cancel', 'ann', { reason: 'sold out' }))).toContain(
      'nothing is outstanding, so there is nothing to cancel',
    )
  })

  test('what its supplier refuses waits for a person', async () => {
    await draft(60)
    await ask('submit')
    expect(await refusal(() => ask('resend', 'ann'))).toContain('it is being sent')
    expect((await ask('fail_send')).order).toMatchObject({
      status: 'approved',
      isSendRefused: true,
      approvedRevision: 2,
    })
    expect((await ask('resend', 'ann')).order).toMatchObject({
      status: 'approved',
      isSendRefused: false,
      approvedRevision: 2,
    })
  })
})

test('ten at once: one approval counts, the others are refused', async () => {
  await draft(240)
  await ask('submit')
  const people = ['ann', 'bob', 'cleo', 'dora', 'dirk']
  const answers = await Promise.allSettled(people.flatMap((by) => [ask('approve', by), ask('approve', by)]))
  expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  expect(await actions()).toHaveLength(2)
  expect((await orderRow()).revision).toBe(3)
})

test('an order that does not exist', async () => {
  await expect(activities.readPurchaseOrder('PO-none')).rejects.toMatchObject({
    type: 'InvalidInput',
    message: expect.stringContaining('shelfline orders list'),
  })
})
