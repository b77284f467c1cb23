/** Events a second that one core parses and validates. `node bench/contracts.ts` */
import { parseEvent } from '../contracts/parse.ts'
import { machine, report, seconds } from './measure.ts'
import { saleMessage } from './sale.ts'

const EVENTS = 200_000
const RUNS = 5

const messages = Array.from({ length: EVENTS }, (_, index) => saleMessage(index, `C${index % 100_000}`))

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
