import { expect, test } from 'vitest'
import {
  type Approval,
  type ApprovalTier,
  allows,
  countApprovals,
  endedStatuses,
  type OrderStatus,
  orderStatuses,
  rightToApprove,
  risksOf,
  stepsFrom,
  tierOf,
} from './purchase-order.ts'

const tier = (fromValue: number, minimumApprovers: number): ApprovalTier => ({
  fromValue,
  minimumApprovers,
  role: minimumApprovers === 0 ? null : `from ${fromValue}`,
  escalateAfterMs: null,
  expiresAfterMs: null,
})
const tiers = [tier(5_000, 2), tier(0, 0), tier(500, 1)]

test('nothing can be done to an order that has ended', () => {
  expect(orderStatuses.filter((status) => stepsFrom(status).length === 0)).toEqual(endedStatuses)
})

test('but its supplier is notified that it was cancelled', () => {
  expect(orderStatuses.filter((status) => allows(status, 'withdraw'))).toEqual(['received', 'closed', 'cancelled'])
})

test.each<[OrderStatus, string[]]>([
  ['draft', ['submit', 'deny', 'edit', 'cancel']],
  ['awaiting_approval', ['submit', 'approve', 'deny', 'edit', 'delegate', 'escalate', 'expire', 'cancel']],
  ['approved', ['cancel', 'send', 'fail_send', 'resend']],
  ['sent', ['cancel', 'acknowledge', 'settle']],
  ['acknowledged', ['cancel', 'settle']],
  ['partly_received', ['cancel', 'settle', 'invoice']],
  ['received', ['invoice', 'withdraw', 'fail_withdraw', 'close']],
])('what can be done to an order that is %s', (status, steps) => {
  expect(stepsFrom(status)).toEqual(steps)
})

test('what is sent is not edited, and what has come as a whole is not cancelled', () => {
  expect(allows('sent', 'edit')).toBe(false)
  expect(allows('partly_received', 'cancel')).toBe(true)
  expect(allows('received', 'cancel')).toBe(false)
})

test.each([
  [0, 0],
  [499.99, 0],
  [500, 500],
  [4_999, 500],
  [5_000, 5_000],
  [1_000_000, 5_000],
])('an order of %d falls into the tier from %d', (value, from) => {
  expect(tierOf(tiers, value, [], false).fromValue).toBe(from)
})

test('with a risk a person is asked, one tier up; above the highest there is none', () => {
  expect(tierOf(tiers, 10, ['late'], false).fromValue).toBe(500)
  expect(tierOf(tiers, 600, ['late'], false).fromValue).toBe(5_000)
  expect(tierOf(tiers, 6_000, ['late'], false).fromValue).toBe(5_000)
})

test('what a person has edited another one looks at; who is asked anyway is enough', () => {
  expect(tierOf(tiers, 10, [], true).fromValue).toBe(500)
  expect(tierOf(tiers, 600, [], true).fromValue).toBe(500)
})

test('tiers that leave a value out are wrong', () => {
  expect(() => tierOf([tier(500, 1)], 20, [], false)).toThrow(/no tier begins at 20 or below/)
})

const own = (by: string): Approval => ({ by, right: by })
const forAnn: Approval = { by: 'dee', right: 'ann' }

test.each<[string, string[], Approval[], string[], string]>([
  ['ann', ['ann'], [], [], 'ann'],
  // Their own right comes first, and another where theirs is used.
  ['bob', ['ann', 'bob'], [own('ann')], [], 'bob'],
  ['dee', ['ann', 'cleo'], [own('ann')], [], 'cleo'],
])(
  '%s, who may in the right of %j, approves after %j, edited by %j: in the right of %s',
  (by, rights, given, editors, right) => {
    expect(rightToApprove(by, rights, given, editors)).toEqual({ right })
  },
)

test.each<[string, string[], Approval[], string[], string]>([
  ['dee', ['ann'], [own('ann')], [], 'dee would approve it on behalf of ann, as ann has already done'],
  ['eve', ['ann'], [forAnn], [], 'eve would approve it on behalf of ann, as dee has already done'],
  ['ann', ['ann'], [forAnn], [], 'dee has already approved it on behalf of ann'],
  ['fay', ['dee'], [forAnn], [], 'on behalf of dee, as dee has already done'],
  ['ann', ['ann'], [own('ann')], [], 'ann has already approved it'],
  ['ann', ['ann'], [], ['ann'], 'ann has edited it'],
  ['dee', ['ann'], [], ['ann'], 'on behalf of ann, who has edited it'],
])('%s, who may in the right of %j, does not approve after %j, edited by %j', (by, rights, given, editors, told) => {
  expect(rightToApprove(by, rights, given, editors)).toEqual({ reason: expect.stringContaining(told) })
})

test('approvals count by people and by rights, whichever are fewer', () => {
  expect(countApprovals([])).toBe(0)
  expect(countApprovals([own('ann'), forAnn])).toBe(1)
  expect(countApprovals([own('ann'), own('bob')])).toBe(2)
})

test('risks: lines that were raised, suppliers that are late or short', () => {
  const line = { lineNo: 3, proposed: 12, quantity: 24 }
  const unknown = { lines: 0, fill: null, onTime: null }
  expect(risksOf([line], unknown)).toEqual([])
  expect(risksOf([{ ...line, quantity: 36 }], unknown)).toEqual(['line 3 was raised from 12 to 36'])
  expect(risksOf([{ lineNo: 1, proposed: 0, quantity: 6 }], unknown)).toHaveLength(1)
  expect(risksOf([], { lines: 9, fill: 0.1, onTime: 0 })).toEqual([])
  expect(risksOf([], { lines: 10, fill: 0.79, onTime: 0.4 })).toEqual([
    'the supplier delivered 79 % of what was ordered',
    'the supplier was on time for 40 % of its deliveries',
  ])
})
