/**
 * What pseudonyms cost: parsing and validating sales against the same with the door behind it, slice by slice as a stream worker has them.
 * `node bench/customer-door.ts`, on a running instance; it works in a database of its own.
 */
import { parseEvent } from '../contracts/parse.ts'
import { createLogger } from '../platform/log.ts'
import { createPool } from '../platform/postgres/postgres.ts'
import { loadSettings } from '../platform/settings/settings.ts'
import { createTestDatabase } from '../platform/testing.ts'
import { createVault } from '../platform/vault.ts'
import { createCustomerDoor } from '../streams/privacy/customer-door.ts'
import { machine, report, seconds } from './measure.ts'
import { saleMessage } from './sale.ts'

const EVENTS = 100_000
const SLICE = 5_000
const RUNS = 5

// A basket has one customer.
const sale = (index: number, customers: number) => saleMessage(index, `C${(index >> 3) % customers}`)

console.log(machine())
const database = await createTestDatabase(loadSettings())
const pool = createPool(database.settings, createLogger({ logLevel: 'error' }, 'bench'))
try {
  for (const customers of [1_000, 12_500]) {
    const messages = Array.from({ length: EVENTS }, (_, index) => sale(index, customers))
    const now = Date.now()
    const parse = () =>
      Array.from({ length: EVENTS / SLICE }, (_, slice) =>
        messages.slice(slice * SLICE, (slice + 1) * SLICE).map((message) => {
          const parsed = parseEvent('pos_transactions', message, now)
          if (!parsed.ok) throw new Error('refused')
          return parsed.event
        }),
      )
    const rates: Record<'parsed' | 'new' | 'read' | 'remembered', number[]> = {
      parsed: [],
      new: [],
      read: [],
      remembered: [],
    }
    for (let run = 0; run < RUNS; run += 1) {
      rates.parsed.push(EVENTS / (await seconds(parse)))
      await pool.query('truncate ref.customer_key')
      const door = createCustomerDoor(pool, createVault(database.settings))
      const pass = (through: typeof door) => async () => {
        for (const events of parse()) await through.pass('pos_transactions', events)
      }
      rates.new.push(EVENTS / (await seconds(pass(door))))
      rates.remembered.push(EVENTS / (await seconds(pass(door))))
      rates.read.push(EVENTS / (await seconds(pass(createCustomerDoor(pool, createVault(database.settings))))))
    }
    const of = `${EVENTS} sales of ${customers} customers`
    report(`parse and validate, ${of}`, 'events/s', rates.parsed)
    report('… and the door, customers remembered', 'events/s', rates.remembered)
    report('… and the door of a worker that has just started', 'events/s', rates.read)
    report('… and the door, every customer new', 'events/s', rates.new)
  }
} finally {
  await pool.end()
  await database.drop()
}
