import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { EventOf, TopicName } from '../../contracts/topics.ts'
import { seeded } from '../../models/statistics/random.ts'
import { createDirectWorld, type DirectWorld } from '../simulation/direct.ts'
import type { Logged } from '../simulation/log.ts'
import { below } from '../simulation/random.ts'
import { shuffled } from '../testing/shelves.ts'
import { enrichedSales } from './enriched-sales.ts'
import { payments } from './payments.ts'

let world: DirectWorld
beforeAll(async () => {
  world = await createDirectWorld(payments, enrichedSales)
})
beforeEach(() =>
  world.clear(
    'state.payment',
    'state.payment_day',
    'state.refund',
    'state.sale_transaction',
    'state.sale_line',
    'ops.clock',
  ),
)
afterAll(() => world.close())

let number = 0
const logged = (name: TopicName, time: string, fields: object): Logged => {
  number += 1
  return {
    event: {
      event_id: `${name}-${number}`,
      source: 'test',
      schema_version: 1,
      store_id: 's1',
      event_at: `2025-11-${time}:00-05:00`,
      ...fields,
    },
    knownAtMs: Date.UTC(2025, 10, 9),
  }
}

type Payment = EventOf<'payment_events'>
type Sale = EventOf<'pos_transactions'>

const payment = (
  event_type: Payment['event_type'],
  transaction_id: string,
  amount: string,
  time: string,
  change: Partial<Payment> = {},
) =>
  logged('payment_events', time, { payment_id: `p-${transaction_id}`, event_type, transaction_id, amount, ...change })

const line = (transaction_id: string, quantity: string, time: string, change: Partial<Sale> = {}) =>
  logged('pos_transactions', time, {
    transaction_id,
    line_no: 1,
    product_id: 'tea',
    quantity,
    unit_price: '2.50',
    discount: '0',
    payment_method: 'card',
    till_id: 'till-1',
    cashier_id: '7',
    ...change,
  })

const rowsOf = async (table: string) =>
  (await world.pool.query(`select * from ${table} order by 1, 2, 3, 4`)).rows.map(({ updated_at, ...row }) => row)
const TABLES = ['state.payment', 'state.payment_day', 'state.refund', 'state.sale_transaction']
const everything = async () => Object.fromEntries(await Promise.all(TABLES.map(async (t) => [t, await rowsOf(t)])))

/** One sale is paid, one by half, one not at all, one in cash; then the provider reports for two more hours. */
const sales = [
  line('t1', '2', '03T10:00'),
  line('t1', '1', '03T10:00', { line_no: 2, discount: '0.50' }),
  line('t2', '4', '03T10:05'),
  line('t3', '1', '03T10:10', { till_id: 'till-2' }),
  line('t4', '1', '03T10:15', { payment_method: 'cash' }),
  line('t9', '1', '03T12:05'),
]
const reports = [
  payment('authorised', 't1', '7.00', '03T09:59'),
  payment('captured', 't1', '7.00', '03T10:01'),
  payment('declined', 't2', '10.00', '03T10:04'),
  payment('authorised', 't2', '10.00', '03T10:05'),
  payment('voided', 't2', '5.00', '03T10:06'),
  payment('scored', 't2', '0', '03T10:07', { risk_score: 40 }),
  payment('scored', 't2', '0', '03T10:08', { risk_score: 30 }),
  payment('captured', 't8', '1.00', '03T12:10'),
  payment('charged_back', 't1', '7.00', '06T08:00', { reason: 'fraud' }),
  payment('charge_back_won', 't1', '3.00', '07T08:00'),
]

const unpaid = async (asOf: string) =>
  (
    await world.pool.query(
      `select transaction_id, ops.decimal_text(due) as due, ops.decimal_text(paid) as paid, declines, risk_score
       from ops.unpaid_sales($1::timestamptz - interval '1 day', $1) order by 1`,
      [asOf],
    )
  ).rows

describe('payments', () => {
  test('are compared with sales by their transaction: what is not paid in full is unpaid', async () => {
    await world.consume({ payment_events: [reports], pos_transactions: [sales] })
    expect(await unpaid('2025-11-03T13:00:00-05:00')).toEqual([
      { transaction_id: 't2', due: '10', paid: '5', declines: 1, risk_score: 40 },
      { transaction_id: 't3', due: '2.5', paid: '0', declines: 0, risk_score: null },
    ])
    expect(await rowsOf('state.payment_day')).toMatchObject([
      { authorised: '17.00', voided: '5.00', captured: '8.00', captures: 2, declines: 1, charged_back: '0' },
      { captured: '0', charged_back: '7.00', charge_backs: 1 },
      { charge_backs_won: '3.00' },
    ])
  })

  test('wait for an hour of reports before a sale counts as unpaid', async () => {
    const early = reports.slice(0, 7)
    await world.consume({ payment_events: [early], pos_transactions: [sales] })
    expect(await unpaid('2025-11-03T13:00:00-05:00')).toEqual([])
    await world.clear('state.payment', 'state.payment_day')
    expect(await unpaid('2025-11-03T13:00:00-05:00')).toEqual([])
  })

  test('are the same sums in whatever order events arrive, with copies, however they are cut', async () => {
    await world.consume({ payment_events: [reports], pos_transactions: [sales] })
    const first = await everything()
    for (let seed = 1; seed <= 10; seed += 1) {
      await world.clear(...TABLES, 'state.sale_line')
      const random = seeded(seed)
      const log = shuffled([...reports, ...reports.slice(0, 4)], random)
      const sold = shuffled([...sales, ...sales.slice(0, 3)], random)
      await world.consume({ payment_events: [log], pos_transactions: [sold] }, () => 1 + below(random, 6))
      expect(await everything()).toEqual(first)
      expect(await world.outcomes()).toEqual({ consumed: 14, applied: 10, duplicate: 4, late: 0, dead: 0 })
    }
  })

  test('without an amount, or without the score that they report, are dead letters', async () => {
    const bad = [
      payment('captured', 't1', '7.00', '03T10:01', { amount: null }),
      payment('scored', 't1', '7.00', '03T10:01'),
    ]
    await world.consume({ payment_events: [bad] })
    const { rows } = await world.pool.query('select reason, error from ops.dead_letters order by error')
    expect(rows).toEqual([
      { reason: 'schema_violation', error: 'amount must not be missing where event_type is captured' },
      { reason: 'schema_violation', error: 'risk_score must not be missing where event_type is scored' },
    ])
  })

  test('are forgotten when nothing was reported for long', async () => {
    await world.consume({ payment_events: [reports] })
    const forget = async (before: string) =>
      (await world.pool.query("select state.forget_aged('payment', $1, 1) as gone", [before])).rows[0].gone
    expect(await forget('2025-11-03')).toBe(0)
    expect([await forget('2025-11-04'), await forget('2025-11-04'), await forget('2025-11-04')]).toEqual([1, 1, 0])
    expect(await rowsOf('state.payment')).toMatchObject([{ transaction_id: 't1' }])
    await world.pool.query("delete from state.retention where table_name = 'payment'")
  })
})

describe('refunds', () => {
  const judged = async (asOf = '2025-11-04T12:00:00-05:00') =>
    (
      await world.pool.query(
        `select transaction_id, till_id, cashier_id, ops.decimal_text(amount) as amount, reasons
         from ops.judged_refunds($1::timestamptz - interval '7 days', $1) order by 1`,
        [asOf],
      )
    ).rows

  test('are suspicious without goods, beyond what was paid, and at a high risk', async () => {
    const till = { till_id: 'till-1', cashier_id: '7' }
    await world.consume({
      pos_transactions: [
        [
          ...sales,
          // Taken back with its receipt, and without one.
          line('r1', '-1', '03T15:00', { original_transaction_id: 't1' }),
          line('r2', '-2', '03T15:05'),
          line('r3', '-1', '03T15:10', { payment_method: 'cash' }),
          line('r4', '-8', '03T15:15', { original_transaction_id: 't2' }),
        ],
      ],
      payment_events: [
        [
          ...reports,
          payment('refunded', 'r1', '2.50', '03T15:01', till),
          payment('refunded', 'r2', '5.00', '03T15:06', till),
          payment('refunded', 'r4', '20.00', '03T15:16', till),
          payment('refunded', 't9', '2.50', '03T15:20', { ...till, cashier_id: '8' }),
          payment('refunded', 't3', '2.50', '03T15:25'),
          payment('scored', 't3', '0', '03T15:25', { risk_score: 95 }),
        ],
      ],
    })
    expect(await judged()).toEqual([
      { transaction_id: 'r1', ...till, amount: '2.5', reasons: [] },
      { transaction_id: 'r2', ...till, amount: '5', reasons: [] },
      { transaction_id: 'r3', ...till, amount: '2.5', reasons: [] },
      { transaction_id: 'r4', ...till, amount: '20', reasons: ['more_than_paid'] },
      { transaction_id: 't3', till_id: '', cashier_id: '', amount: '2.5', reasons: ['no_goods', 'high_risk'] },
      { transaction_id: 't9', till_id: 'till-1', cashier_id: '8', amount: '2.5', reasons: ['no_goods'] },
    ])
    // The return may still be on its way.
    expect(
      (await judged('2025-11-03T15:40:00-05:00')).find(({ transaction_id }) => transaction_id === 't9'),
    ).toMatchObject({ reasons: [] })
  })

  test('open an alert of the cashier and till, with the evidence, and without the cashier in the message', async () => {
    const taken = Array.from({ length: 4 }, (_, at) =>
      payment('refunded', `f${at}`, `${10 + at}.00`, '03T15:00', { till_id: 'till-1', cashier_id: '7' }),
    )
    await world.consume({ payment_events: [taken] })
    const { rows } = await world.pool.query(
      `select cause, store_id, severity, impact::text, message, evidence, opens
       from ops.alert_suspicious_refunds('2025-11-04T12:00:00-05:00')`,
    )
    expect(rows).toEqual([
      {
        cause: 'till-1 7',
        store_id: 's1',
        severity: 'critical',
        impact: '46.00',
        message: '4 refunds at till till-1 within a week, 4 of them suspicious',
        opens: true,
        evidence: {
          cashier_id: '7',
          till_id: 'till-1',
          refunds: 4,
          amount: '46',
          suspicious: 4,
          dearest: expect.arrayContaining([
            expect.objectContaining({ transaction_id: 'f3', amount: '13', reasons: ['no_goods'] }),
          ]),
        },
      },
    ])
  })

  test('that are far more frequent than elsewhere open one, too', async () => {
    const back = (cashier_id: string, count: number) =>
      Array.from({ length: count }, (_, at) =>
        line(`c${cashier_id}-${at}`, '-1', '03T15:00', { payment_method: 'cash', cashier_id }),
      )
    await world.consume({ pos_transactions: [[...back('1', 1), ...back('2', 2), ...back('3', 5)]] })
    const { rows } = await world.pool.query(
      `select cause, severity, opens, message from ops.alert_suspicious_refunds('2025-11-04T12:00:00-05:00')`,
    )
    expect(rows).toEqual([
      {
        cause: 'till-1 3',
        severity: 'warning',
        opens: true,
        message: '5 refunds at till till-1 within a week, 0 of them suspicious; 1.5 elsewhere',
      },
    ])
  })
})

test('the alert of unpaid sales names each till, and what is missing', async () => {
  await world.consume({ payment_events: [reports], pos_transactions: [sales] })
  const { rows } = await world.pool.query(
    `select cause, severity, impact::text, message, evidence from ops.alert_unpaid_sales('2025-11-03T13:00:00-05:00') order by 1`,
  )
  expect(rows).toMatchObject([
    {
      cause: 'till-1',
      severity: 'warning',
      impact: '5.00',
      message: '1 card sales of till till-1 were not paid: 5 is missing',
      evidence: { sales: 1, dearest: [{ transaction_id: 't2', due: '10', paid: '5', declines: 1 }] },
    },
    { cause: 'till-2', impact: '2.50' },
  ])
})
