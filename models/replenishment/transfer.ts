/**
 * Goods that one location has too many of for another that would order them: proposed where what both are expected to lose
 * (sales, leftovers, waste, ordering) falls by more than moving them costs. What the goods themselves cost counts nowhere:
 * they are sold at either place, and what expires is counted as waste.
 */
import { OrderLineError } from './check-line.ts'
import type { ExplainedTerm, LinePosition, OrderLineInput } from './order-line.ts'
import { packsDown } from './packs.ts'
import { type PreparedLine, prepareLine } from './prepare-line.ts'
import { costOf, settle } from './settle.ts'

/** One product at one location. */
export interface TransferLocation {
  locationId: string
  line: OrderLineInput
}

/** A location that could give, and what moving from there costs. */
export interface Donor extends TransferLocation {
  lane: TransferLane
}

export interface TransferLane {
  /** Money a unit moved, and money a transfer, however many. */
  costPerUnit: number
  costPerTransfer: number
  /** Days until moved goods can be sold. */
  days: number
}

export interface Transfer {
  from: string
  to: string
  /** Whole packs of the receiver's. */
  quantity: number
  /** Money by which the expected costs of both fall, moving paid. */
  gain: number
  lane: TransferLane
  /** Only lots that can be sold for this many days are moved, today included; null: the goods keep. */
  goodForDays: number | null
  terms: ExplainedTerm[]
}

/**
 * Transfers of one product to one location, in place of what it would order. A donor gives what its stock alone holds above
 * the level that it would order up to itself, so that it needs nothing back; of goods that expire, only lots that outlast the
 * time the receiver's order is for. A location whose line can't be decided takes no part.
 *
 * @throws RangeError on a lane whose costs or days are no amounts
 */
export function proposeTransfers(to: TransferLocation, donors: readonly Donor[]): Transfer[] {
  for (const { lane } of donors) checkLane(lane)
  let receiver = stateOf(to)
  const goodForDays = goodForDaysOf(to.line)
  let giving = donors.flatMap((donor) => stateOf(donor) ?? [])
  const transfers: Transfer[] = []
  while (receiver !== undefined && receiver.need > 0) {
    let best: Move | undefined
    for (const donor of giving) {
      const move = moveBetween(donor, receiver, goodForDays)
      if (move !== undefined && (best === undefined || move.transfer.gain > best.transfer.gain)) best = move
    }
    if (best === undefined) break
    transfers.push(best.transfer)
    // Each gives once: a second, smaller transfer from the same place would be paid for again.
    const { from } = best.transfer
    giving = giving.filter(({ place }) => place.locationId !== from)
    receiver = best.receiverAfter
  }
  return transfers
}

/** Units that a line would order, a minimum and pallets aside; 0 where that can't be decided. */
export const needOf = (line: OrderLineInput): number => stateOf({ locationId: '', line })?.need ?? 0

interface State<Place extends TransferLocation> {
  place: Place
  prepared: PreparedLine
  /** Units on hand and not promised that are not needed until the next order's goods have been sold. */
  surplus: number
  /** Units that it would order, a minimum and pallets aside. */
  need: number
  /** Expected until the next delivery, with its own best order. */
  cost: number
}

function stateOf<Place extends TransferLocation>(place: Place): State<Place> | undefined {
  try {
    const prepared = prepareLine(place.line)
    if (prepared === undefined) return undefined
    const { outlook, levels } = prepared
    const { packs, steps } = settle(prepared)
    const { position, terms } = place.line
    const ordered = packs * terms.packSize
    return {
      place,
      prepared,
      surplus: outlook.netPosition - position.onOrder - levels.orderUpTo,
      need: Math.min(ordered, steps.find(({ constraint }) => constraint === 'pack')?.quantity ?? ordered),
      cost: outlook.costs.lost * outlook.lostBeforeDelivery + costOf(prepared, packs),
    }
  } catch (error) {
    if (error instanceof OrderLineError) return undefined
    throw error
  }
}

/** Days that moved goods have to last: until the goods of the receiver's next order would come. */
function goodForDaysOf({ terms, leadTime, reviewDays }: OrderLineInput): number | null {
  return terms.shelfLifeDays === undefined ? null : leadTime.days.at(-1)! + reviewDays
}

interface Move {
  transfer: Transfer
  receiverAfter: State<TransferLocation>
}

/** Quantities that are tried between the same two. */
const QUANTITIES_MAX = 5

/**
 * The best of a few quantities: first what the receiver would order; then as much more as it would order still, because sales
 * that would be lost until its supplier comes are met from what is moved.
 */
function moveBetween(
  donor: State<Donor>,
  receiver: State<TransferLocation>,
  goodForDays: number | null,
): Move | undefined {
  const { packSize } = receiver.place.line.terms
  const available = Math.min(donor.surplus, movable(donor.place.line.position, goodForDays))
  let best: Move | undefined
  let wanted = receiver.need
  for (let tried = 0; tried < QUANTITIES_MAX; tried += 1) {
    const quantity = packsDown(Math.min(available, wanted), packSize) * packSize
    const move = quantity > 0 ? moveOf(donor, receiver, quantity, goodForDays) : undefined
    if (move === undefined) break
    if (move.transfer.gain > (best?.transfer.gain ?? 0)) best = move
    if (quantity < wanted || move.receiverAfter.need === 0) break
    wanted = quantity + move.receiverAfter.need
  }
  return best
}

function moveOf(
  donor: State<Donor>,
  receiver: State<TransferLocation>,
  quantity: number,
  goodForDays: number | null,
): Move | undefined {
  const { lane, locationId: from, line } = donor.place
  const donorAfter = stateOf({ ...donor.place, line: withGiven(line, quantity, goodForDays) })
  const receiverAfter = stateOf({ ...receiver.place, line: withArriving(receiver.place.line, quantity, lane.days) })
  if (donorAfter === undefined || receiverAfter === undefined) return undefined
  const moving = lane.costPerTransfer + quantity * lane.costPerUnit
  const gain = donor.cost + receiver.cost - donorAfter.cost - receiverAfter.cost - moving
  const terms = termsOf({ donor, donorAfter, receiver, receiverAfter, moving, gain })
  return {
    transfer: { from, to: receiver.place.locationId, quantity, gain, lane, goodForDays, terms },
    receiverAfter,
  }
}

/** Units on hand that may be moved; of goods that expire only lots that are known. */
function movable({ onHand, availability, reserved, lots = [] }: LinePosition, goodForDays: number | null): number {
  const free = Math.max(0, onHand) * availability - reserved
  if (goodForDays === null) return free
  const lasting = lots.reduce((sum, { quantity, daysLeft }) => sum + (daysLeft >= goodForDays ? quantity : 0), 0)
  return Math.min(free, lasting)
}

function withGiven(line: OrderLineInput, quantity: number, goodForDays: number | null): OrderLineInput {
  const { position } = line
  let left = quantity
  const lots = position.lots
    ?.toSorted((a, b) => a.daysLeft - b.daysLeft)
    .map((lot) => {
      const given = lot.daysLeft >= (goodForDays ?? 1) ? Math.min(left, lot.quantity) : 0
      left -= given
      return { ...lot, quantity: lot.quantity - given }
    })
  return { ...line, position: { ...position, onHand: position.onHand - quantity, ...(lots && { lots }) } }
}

const withArriving = (line: OrderLineInput, quantity: number, inDays: number): OrderLineInput => ({
  ...line,
  position: {
    ...line.position,
    onOrder: line.position.onOrder + quantity,
    arriving: [...(line.position.arriving ?? []), { quantity, inDays }],
  },
})

interface Comparison {
  donor: State<Donor>
  donorAfter: State<TransferLocation>
  receiver: State<TransferLocation>
  receiverAfter: State<TransferLocation>
  moving: number
  gain: number
}

function termsOf({ donor, donorAfter, receiver, receiverAfter, moving, gain }: Comparison): ExplainedTerm[] {
  const { line, lane } = donor.place
  const terms: [name: string, value: number, unit: ExplainedTerm['unit']][] = [
    ['giver_on_hand', line.position.onHand, 'units'],
    ['giver_reserved', line.position.reserved, 'units'],
    ['giver_needs', donor.prepared.levels.orderUpTo, 'units'],
    ['giver_surplus', donor.surplus, 'units'],
    ['taker_would_buy', receiver.need, 'units'],
    ['taker_buys_still', receiverAfter.need, 'units'],
    ['purchase_not_made', (receiver.need - receiverAfter.need) * receiver.place.line.terms.unitCost, 'money'],
    ['lead_time_of_supplier', receiver.prepared.outlook.leadTimeDays, 'days'],
    ['lead_time_of_transfer', lane.days, 'days'],
    ['lost_until_supplier_comes', receiver.prepared.outlook.lostBeforeDelivery, 'units'],
    ['lost_with_transfer', receiverAfter.prepared.outlook.lostBeforeDelivery, 'units'],
    ['taker_cost', receiver.cost, 'money'],
    ['taker_cost_with_transfer', receiverAfter.cost, 'money'],
    ['giver_cost', donor.cost, 'money'],
    ['giver_cost_with_transfer', donorAfter.cost, 'money'],
    ['cost_of_moving', moving, 'money'],
    ['gain', gain, 'money'],
  ]
  return terms.map(([name, value, unit]) => ({ name, value: Number(value.toFixed(6)), unit }))
}

function checkLane({ costPerUnit, costPerTransfer, days }: TransferLane): void {
  for (const [name, value] of Object.entries({ costPerUnit, costPerTransfer, days })) {
    if (!(value >= 0 && Number.isFinite(value)))
      throw new RangeError(`transfer: ${name} is ${value}, must be 0 or more`)
  }
}
