/** Events a second that one core parses and validates. `node bench/contracts.ts` */
import { parseEvent } from '../contracts/parse.ts'
import { machine, report, seconds } from './measure.ts'

const EVENTS = 200_000
const RUNS = 5

const messages = Array.from({ length: EVENTS }, (_, index) =>
  Buffer.from(
    JSON.stringify({
      event_id: `sale-${index}`,
      source: 'bench',
      schema_version: 1,
      store_id: String(index % 1000),
      event_at: '2017-03-01T18:05:00-05:00',
      transaction_id: `basket-${index >> 3}`,
      line_no: index % 8,
      product_id: String(index % 50_000),
      quantity: '1',
      unit_price: `${index % 97}.50`,
      discount: '0.00',
      customer_id: `C${index % 100_000}`,
      payment_method: 'card',
    }),
  ),
)

console.log(machine())
const now = Date.now()
for (const [factor, label] of [
  [1, '1×'],
  [3, '3×'],
  [10, '10×'],
] as const) {
  const rates: number[] = []
  for (let run = 0; run < RUNS; run++) {
    const taken = await seconds(() => {
      for (let round = 0; round < factor; round++) {
        for (const message of messages) if (!parseEvent('pos_transactions', message, now).ok) throw new Error('refused')
      }
    })
    rates.push((EVENTS * factor) / taken)
  }
  report(`contracts: parse and validate, ${label} ${EVENTS} events`, 'events/s', rates)
}
