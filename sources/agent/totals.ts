/** What a till has sold, as its agent counts it: exact, in millionths. */
import type { EventOf } from '../../contracts/topics.ts'

const MICROS = 1_000_000n
const CENT = 10_000n

/** Decimal text of the contract as millionths. */
export function microsOf(decimal: string): bigint {
  const [, sign, whole, fraction = ''] = /^(-?)(\d+)(?:\.(\d{1,6}))?$/.exec(decimal)!
  const micros = BigInt(whole!) * MICROS + BigInt(fraction.padEnd(6, '0'))
  return sign === '-' ? -micros : micros
}

export function decimalOf(micros: bigint): string {
  const [sign, size] = micros < 0n ? ['-', -micros] : ['', micros]
  const fraction = String(size % MICROS)
    .padStart(6, '0')
    .replace(/0{1,4}$/, '')
  return `${sign}${size / MICROS}.${fraction}`
}

/** What was paid for a sale line: the till's amount, else quantity × unit_price − discount, to the cent. */
export function paidMicros({ net_amount, quantity, unit_price, discount }: EventOf<'pos_transactions'>): bigint {
  if (net_amount != null) return microsOf(net_amount)
  // Twelve decimals: rounded once, at the end. Half a cent is rounded away from zero, as PostgreSQL's `round` does.
  const product = microsOf(quantity) * microsOf(unit_price)
  const exact = product - microsOf(discount) * MICROS
  const size = exact < 0n ? -exact : exact
  const cents = (size + (CENT * MICROS) / 2n) / (CENT * MICROS)
  return (exact < 0n ? -cents : cents) * CENT
}
