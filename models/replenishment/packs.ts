/** Whole packs: what can be ordered of a quantity. Quantities that leave are decimal text, of at most six decimals. */

/** What the supplier sells by; all in units. */
export interface PackTerms {
  packSize: number
  /** The least that one line may order, when it orders at all. */
  minimumQuantity?: number
  /** The most that one line may order. */
  maximumQuantity?: number
}

/** A quantity that misses a whole pack by less than this share of a pack is that pack: floating point, not need. */
const PACK_TOLERANCE = 1e-9

export const packsUp = (units: number, packSize: number): number =>
  Math.max(0, Math.ceil(units / packSize - PACK_TOLERANCE))

export const packsDown = (units: number, packSize: number): number =>
  Math.max(0, Math.floor(units / packSize + PACK_TOLERANCE))

/**
 * Whole packs for a quantity: rounded up, raised to the minimum, cut at the maximum. Zero orders nothing.
 *
 * @param wanted units; not more than 0 orders nothing
 */
export function packsFor(wanted: number, { packSize, minimumQuantity = 0, maximumQuantity }: PackTerms): number {
  if (!(wanted > 0)) return 0
  const packs = packsUp(Math.max(wanted, minimumQuantity), packSize)
  return maximumQuantity === undefined ? packs : Math.min(packs, packsDown(maximumQuantity, packSize))
}

/** @throws RangeError that names the term, its value and what is required */
export function checkPackTerms({ packSize, minimumQuantity = 0, maximumQuantity }: PackTerms): void {
  if (!(packSize > 0 && Number.isFinite(packSize))) {
    throw new RangeError(`pack size is ${packSize}: must be units above 0`)
  }
  if (!(minimumQuantity >= 0 && Number.isFinite(minimumQuantity))) {
    throw new RangeError(`minimum quantity is ${minimumQuantity}: must be units, 0 or more`)
  }
  if (maximumQuantity === undefined) return
  const least = packsUp(Math.max(minimumQuantity, packSize), packSize) * packSize
  if (!(maximumQuantity >= least * (1 - PACK_TOLERANCE))) {
    throw new RangeError(
      `maximum quantity is ${maximumQuantity} and the least that can be ordered is ${least} (minimum ${minimumQuantity}, pack of ${packSize}): raise the maximum, or lower the minimum or the pack`,
    )
  }
}

const MICRO_DIGITS = 6
const MICRO = 1_000_000n

/** `packs × packSize` as decimal text: exact, however many packs. */
export const quantityText = (packs: number, packSize: number): string => decimalText(BigInt(packs) * micro(packSize))

/** `packs × packSize × unitCost` as decimal text, half a millionth rounded up. */
export const moneyText = (packs: number, packSize: number, unitCost: number): string =>
  decimalText((BigInt(packs) * micro(packSize) * micro(unitCost) + MICRO / 2n) / MICRO)

const micro = (value: number): bigint => BigInt(Math.round(value * Number(MICRO)))

function decimalText(micros: bigint): string {
  const digits = String(micros).padStart(MICRO_DIGITS + 1, '0')
  const fraction = digits.slice(-MICRO_DIGITS).replace(/0+$/, '')
  return digits.slice(0, -MICRO_DIGITS) + (fraction && `.${fraction}`)
}
