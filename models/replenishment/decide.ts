/** Decides an order line: how much, why, and what a pack more or less would cost. */
import { explain } from './explain.ts'
import type { OrderLineDecision, OrderLineInput } from './order-line.ts'
import { prepareLine } from './prepare-line.ts'
import { settle } from './settle.ts'

/**
 * @throws OrderLineError naming the line, the value and the fix, where nothing sensible can be decided
 */
export function decideOrderLine(input: OrderLineInput): OrderLineDecision {
  const line = prepareLine(input)
  return line === undefined ? undecided(input) : explain(line, settle(line))
}

/** Without a forecast and without a rate nothing is ordered: a person has to look. */
export function undecided({ position }: OrderLineInput): OrderLineDecision {
  const { onHand, availability, reserved, onOrder } = position
  return {
    packs: 0,
    quantity: '0',
    value: '0',
    explanation: {
      terms: [
        { name: 'on_hand', value: onHand, unit: 'units' },
        { name: 'availability', value: availability, unit: 'share' },
        { name: 'reserved', value: reserved, unit: 'units' },
        { name: 'on_order', value: onOrder, unit: 'units' },
      ],
      steps: [],
      bindingConstraint: null,
      quantityWithout: null,
      costOfOnePackMore: null,
      costOfOnePackLess: null,
      fallbacks: ['no forecast and no sales rate: nothing is ordered until one of them exists'],
    },
  }
}
