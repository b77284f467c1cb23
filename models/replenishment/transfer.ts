/**
 * Goods that one location has too many of for another that would order them: proposed where what both are expected to lose
 * (sales, leftovers, waste, ordering) falls by more than moving them costs. What the goods themselves cost counts nowhere:
 * they are sold at either place, and what expires is counted as waste.
 */
import { OrderLineError } from './check-line.ts'
import type { OrderLineInput } from './order-line.ts'
import { packsDown } from './packs.ts'
import { prepareLine } from './prepare-line.ts'
import { costOf, settle } from './settle.ts'

/** One product at one location. */
export interface TransferLocation {
  locationId: string
  line: OrderLineInput
}

export interface TransferTerms {
  /** Money a unit moved, and money a transfer, however many. */
  costPerUnit: number
  costPerTransfer: number
  /** Days until moved goods can be sold. */
  days: number
  /** Units are moved in whole multiples of it. */
  packSize: number
}

export interface Transfer {
  from: string
  to: string
  quantity: number
  /** Money by which the expected costs of both fall, moving paid. */
  gain: number
}

/** Locations with most to give that are tried for each one in need. */
const DONORS_MAX = 10

/**
 * Transfers of one product, the greatest gain first; each location gives or takes, not both. A location whose line can't be
 * decided takes no part.
 *
 * @throws RangeError on terms that are no amounts
 */
export function proposeTransfers(locations: readonly TransferLocation[], terms: TransferTerms): Transfer[] {
  checkTerms(terms)
  const states = locations.flatMap(({ locationId, line }) => stateOf(locationId, line) ?? [])
  const donors = states.filter(({ surplus }) => surplus >= terms.packSize)
  const transfers: Transfer[] = []
  const receivers = states.filter(({ need }) => need > 0).sort((a, b) => b.need - a.need)
  for (const receiver of receivers) {
    for (;;) {
      const best = bestDonor(donors, receiver, terms)
      if (best === undefined) break
      transfers.push(best.transfer)
      Object.assign(best.donor, best.donorAfter)
      Object.assign(receiver, best.receiverAfter)
    }
  }
  return transfers.sort((a, b) => b.gain - a.gain)
}

interface State {
  locationId: string
  line: OrderLineInput
  /** Units above what it would order up to, and units that it would order. */
  surplus: number
  need: number
  /** Expected until the next delivery, with its own best order. */
  cost: number
}

function stateOf(locationId: string, line: OrderLineInput): State | undefined {
  try {
    const prepared = prepareLine(line)
    if (prepared === undefined) return undefined
    const { outlook, levels } = prepared
    const { packs } = settle(prepared)
    return {
      locationId,
      line,
      surplus: Math.min(line.position.onHand, outlook.netPosition - levels.orderUpTo),
      need: packs * line.terms.packSize,
      cost: outlook.costs.lost * outlook.lostBeforeDelivery + costOf(prepared, packs),
    }
  } catch (error) {
    if (error instanceof OrderLineError) return undefined
    throw error
  }
}

interface Move {
  transfer: Transfer
  donor: State
  donorAfter: State
  receiverAfter: State
}

function bestDonor(donors: readonly State[], receiver: State, terms: TransferTerms): Move | undefined {
  const nearest = donors
    .filter(({ locationId, surplus }) => locationId !== receiver.locationId && surplus >= terms.packSize)
    .sort((a, b) => b.surplus - a.surplus)
    .slice(0, DONORS_MAX)
  let best: Move | undefined
  for (const donor of nearest) {
    const move = moveBetween(donor, receiver, terms)
    if (move !== undefined && (best === undefined || move.transfer.gain > best.transfer.gain)) best = move
  }
  return best
}

function moveBetween(donor: State, receiver: State, terms: TransferTerms): Move | undefined {
  const quantity = packsDown(Math.min(donor.surplus, receiver.need), terms.packSize) * terms.packSize
  if (quantity <= 0) return undefined
  const donorAfter = stateOf(donor.locationId, withOnHand(donor.line, -quantity))
  const receiverAfter = stateOf(receiver.locationId, withArriving(receiver.line, quantity, terms.days))
  if (donorAfter === undefined || receiverAfter === undefined) return undefined
  const moving = terms.costPerTransfer + quantity * terms.costPerUnit
  const gain = donor.cost + receiver.cost - donorAfter.cost - receiverAfter.cost - moving
  if (!(gain > 0)) return undefined
  return {
    transfer: { from: donor.locationId, to: receiver.locationId, quantity, gain },
    donor,
    donorAfter,
    receiverAfter,
  }
}

const withOnHand = (line: OrderLineInput, change: number): OrderLineInput => ({
  ...line,
  position: { ...line.position, onHand: line.position.onHand + change },
})

const withArriving = (line: OrderLineInput, quantity: number, inDays: number): OrderLineInput => ({
  ...line,
  position: {
    ...line.position,
    onOrder: line.position.onOrder + quantity,
    arriving: [...(line.position.arriving ?? []), { quantity, inDays }],
  },
})

function checkTerms({ costPerUnit, costPerTransfer, days, packSize }: TransferTerms): void {
  for (const [name, value] of Object.entries({ costPerUnit, costPerTransfer, days })) {
    if (!(value >= 0 && Number.isFinite(value))) throw new RangeError(`transfer: ${name} is ${value}, want 0 or more`)
  }
  if (!(packSize > 0 && Number.isFinite(packSize)))
    throw new RangeError(`transfer: packSize is ${packSize}, want units above 0`)
}
