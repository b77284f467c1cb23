import { Type } from 'typebox'
import { ServiceError } from '../../services/errors.ts'
import { type DecidedOrder, decideOrder } from '../../services/purchase-orders/decisions.ts'
import { type Asked, action } from '../definition.ts'
import { text } from '../shapes.ts'
import { texts } from '../texts.ts'
import { decidedOrder } from './shapes.ts'

const words = texts.orders

/** Each waits for its workflow: some seconds at most in all. */
const ORDERS_MAX = 50

const one = {
  order: Type.String({ maxLength: 300 }),
  /** That the person has seen: when the order has changed since, nothing is done. */
  revision: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000_000 })),
}
const why = Type.Optional(Type.String({ maxLength: 500 }))
const whyNeeded = Type.String({ minLength: 1, maxLength: 500 })
const dependencies = async ({ pool, servers }: Asked) => ({ pool, temporal: await servers.temporal() })
const done = ({ message }: DecidedOrder) => ({ text: message })

export interface Bulk {
  decided: DecidedOrder[]
  refused: { order: string; problem: string }[]
}

export const orderActions = [
  action({
    path: '/orders/approve',
    permission: 'orders.decide',
    summary: 'Approve orders, each on its own: a rejected one does not stop the others',
    input: Type.Object({ orders: Type.Array(Type.String({ maxLength: 300 }), { minItems: 1, maxItems: ORDERS_MAX }) }),
    answer: Type.Object({
      decided: Type.Array(decidedOrder),
      refused: Type.Array(Type.Object({ order: text, problem: text })),
    }),
    async run(asked, { orders }): Promise<Bulk> {
      const servers = await dependencies(asked)
      const bulk: Bulk = { decided: [], refused: [] }
      for (const order of orders) {
        try {
          bulk.decided.push(await decideOrder(servers, order, 'approve', { by: asked.visitor.person }))
        } catch (error) {
          if (!(error instanceof ServiceError)) throw error
          bulk.refused.push({ order, problem: error.message })
        }
      }
      return bulk
    },
    done: ({ decided, refused }) => ({
      kind: refused.length > 0 ? 'failed' : 'done',
      text: [
        ...(decided.length > 0 ? [words.approved(decided.length)] : []),
        ...refused.map(({ problem }) => problem),
      ].join('. '),
    }),
  }),
  action({
    path: '/orders/:order/approve',
    permission: 'orders.decide',
    summary: 'Approve an order',
    input: Type.Object(one),
    answer: decidedOrder,
    run: async (asked, { order, ...seen }) =>
      decideOrder(await dependencies(asked), order, 'approve', { by: asked.visitor.person, ...seen }),
    done,
  }),
  action({
    path: '/orders/:order/deny',
    permission: 'orders.decide',
    summary: 'Deny an order: one denial stops it',
    input: Type.Object({ ...one, why: whyNeeded }),
    answer: decidedOrder,
    run: async (asked, { order, ...said }) =>
      decideOrder(await dependencies(asked), order, 'deny', { by: asked.visitor.person, ...said }),
    done,
  }),
  action({
    path: '/orders/:order/cancel',
    permission: 'orders.decide',
    summary: 'Cancel an order or its outstanding units; the supplier is notified',
    input: Type.Object({ ...one, why }),
    answer: decidedOrder,
    run: async (asked, { order, ...said }) =>
      decideOrder(await dependencies(asked), order, 'cancel', { by: asked.visitor.person, ...said }),
    done,
  }),
  action({
    path: '/orders/:order/delegate',
    permission: 'orders.decide',
    summary: 'Let another person decide about an order',
    input: Type.Object({ ...one, to: Type.String({ minLength: 1, maxLength: 100 }) }),
    answer: decidedOrder,
    run: async (asked, { order, ...said }) =>
      decideOrder(await dependencies(asked), order, 'delegate', { by: asked.visitor.person, ...said }),
    done,
  }),
  action({
    path: '/orders/:order/edit',
    permission: 'orders.decide',
    summary: 'Change the quantity of a line; 0 removes it. Another person then has to approve the order',
    input: Type.Object({
      ...one,
      line: Type.Integer({ minimum: 1, maximum: 1_000_000_000 }),
      quantity: Type.String({ pattern: '^\\d{1,12}(\\.\\d{1,6})?$' }),
      reasonCode: Type.String({ minLength: 1, maxLength: 100 }),
      why,
    }),
    answer: decidedOrder,
    run: async (asked, { order, ...said }) =>
      decideOrder(await dependencies(asked), order, 'edit', { by: asked.visitor.person, ...said }),
    done,
  }),
]
