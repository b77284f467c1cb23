const DECIMAL = /^(-?)(\d{1,30})(?:\.(\d{1,30}))?$/
const ZERO = '0'

/**
 * The difference of two decimals in text, exactly; what is not known counts as zero. Undefined when one of them is no decimal.
 *
 * `difference('1.50', '0.5')` is `'-1.00'`.
 */
export function difference(before: unknown, after: unknown): string | undefined {
  const [old, now] = [scaled(before ?? ZERO), scaled(after ?? ZERO)]
  if (old === undefined || now === undefined) return undefined
  const scale = Math.max(old.scale, now.scale)
  const at = ({ digits, scale: own }: Scaled) => digits * 10n ** BigInt(scale - own)
  return written(at(now) - at(old), scale)
}

interface Scaled {
  digits: bigint
  scale: number
}

function scaled(value: unknown): Scaled | undefined {
  if (typeof value !== 'string') return undefined
  // Java writes a zero with eight decimals like this.
  const [, sign, whole, part = ''] = DECIMAL.exec(/^0E-\d{1,2}$/.test(value) ? ZERO : value) ?? []
  if (whole === undefined) return undefined
  const digits = BigInt(whole + part)
  return { digits: sign === '-' ? -digits : digits, scale: part.length }
}

function written(digits: bigint, scale: number): string {
  const sign = digits < 0n ? '-' : ''
  const text = String(digits < 0n ? -digits : digits).padStart(scale + 1, '0')
  return scale === 0 ? sign + text : `${sign}${text.slice(0, -scale)}.${text.slice(-scale)}`
}

/** RFC 3339 of microseconds since the epoch. */
export function instantOfMicros(micros: number): string {
  const milliseconds = Math.floor(micros / 1_000)
  const rest = String(micros - milliseconds * 1_000).padStart(3, '0')
  return new Date(milliseconds).toISOString().replace('Z', `${rest}Z`)
}
