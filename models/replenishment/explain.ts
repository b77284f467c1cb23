/** Puts a decided order line into words and numbers that a person can check. */
import type { LeadTime } from './lead-time.ts'
import { expectedAt } from './line-costs.ts'
import type { ExplainedStep, ExplainedTerm, LineConstraint, OrderLineDecision } from './order-line.ts'
import { moneyText, quantityText } from './packs.ts'
import type { PreparedLine } from './prepare-line.ts'
import { costOf, type Settled, settle } from './settle.ts'

export function explain(line: PreparedLine, { packs, steps }: Settled): OrderLineDecision {
  const { packSize, unitCost } = line.input.terms
  const binding = bindingOf(line, packs, steps)
  const cost = costOf(line, packs)
  return {
    packs,
    quantity: quantityText(packs, packSize),
    value: moneyText(packs, packSize, unitCost),
    explanation: {
      terms: termsOf(line, packs),
      steps: steps.map((step) => ({
        ...step,
        quantity: rounded(step.quantity),
        limit: step.limit !== null && Number.isFinite(step.limit) ? rounded(step.limit) : null,
      })),
      bindingConstraint: binding?.constraint ?? null,
      quantityWithout: binding === undefined ? null : quantityText(binding.packsWithout, packSize),
      costOfOnePackMore: rounded(costOf(line, packs + 1) - cost),
      costOfOnePackLess: packs > 0 ? rounded(costOf(line, packs - 1) - cost) : null,
      fallbacks: fallbacksOf(line),
    },
  }
}

/** The constraint that changes the quantity most; one of the whole order, which has the last word, before the line's own. */
function bindingOf(
  line: PreparedLine,
  packs: number,
  steps: readonly ExplainedStep[],
): { constraint: LineConstraint; packsWithout: number } | undefined {
  const last = steps.at(-1)?.constraint
  if (last === 'budget' || last === 'minimum_order_value') {
    return { constraint: last, packsWithout: settle(line).packs }
  }
  let binding: { constraint: LineConstraint; packsWithout: number } | undefined
  for (const { constraint } of steps) {
    if (constraint === 'need' || constraint === 'pack') continue
    const packsWithout = settle(line, constraint).packs
    if (packsWithout === packs) continue
    if (binding === undefined || Math.abs(packsWithout - packs) > Math.abs(binding.packsWithout - packs)) {
      binding = { constraint, packsWithout }
    }
  }
  return binding
}

function termsOf(line: PreparedLine, packs: number): ExplainedTerm[] {
  const { input, outlook, levels } = line
  const { position, terms, policy } = input
  const expected = expectedAt(outlook, outlook.netPosition + packs * terms.packSize)
  const all: [name: string, value: number | string | null | undefined, unit: ExplainedTerm['unit']][] = [
    ['on_hand', position.onHand, 'units'],
    ['availability', position.availability, 'share'],
    ['on_hand_available', outlook.onHandAvailable, 'units'],
    ['reserved', position.reserved, 'units'],
    ['on_order', position.onOrder, 'units'],
    ['position', outlook.position, 'units'],
    ['expiring_before_delivery', outlook.expiringUnits, 'units'],
    ['lost_before_delivery', outlook.lostBeforeDelivery, 'units'],
    ['net_position', outlook.netPosition, 'units'],
    ['demand_source', input.demand?.source, 'text'],
    ['lead_time', outlook.leadTimeDays, 'days'],
    ['lead_time_spread', spreadOf(input.leadTime), 'text'],
    ['lead_time_source', input.leadTime.source, 'text'],
    ['review', input.reviewDays, 'days'],
    ['cover', outlook.coverDays, 'days'],
    ['mean_demand_before_delivery', outlook.beforeDelivery.mean, 'units'],
    ['mean_demand', outlook.protection.mean, 'units'],
    ['demand_standard_deviation', Math.sqrt(outlook.protection.variance), 'units'],
    ['dependence_between_days', outlook.path.dependence, 'share'],
    ['method', policy.method, 'text'],
    ['service_measure', policy.serviceMeasure, 'text'],
    ['service_target', policy.serviceMeasure === 'critical_ratio' ? undefined : policy.serviceTarget, 'share'],
    ['order_up_to', levels.orderUpTo, 'units'],
    ['reorder_below', levels.reorderBelow, 'units'],
    ['waste_bound', levels.wasteBound, 'units'],
    ['unit_cost', terms.unitCost, 'money/unit'],
    ['price', terms.price, 'money/unit'],
    ['lost_sale_cost', outlook.costs.lost, 'money/unit'],
    ['holding_cost', outlook.costs.holding, 'money/unit'],
    ['waste_cost', terms.shelfLifeDays === undefined ? undefined : outlook.costs.waste, 'money/unit'],
    ['ordering_cost', outlook.costs.ordering, 'money'],
    ['pack_size', terms.packSize, 'units'],
    ['pallet_size', terms.palletSize, 'units'],
    ['minimum_quantity', terms.minimumQuantity, 'units'],
    ['maximum_quantity', terms.maximumQuantity, 'units'],
    ['capacity', terms.capacity, 'units'],
    ['shelf_life', terms.shelfLifeDays, 'days'],
    ['maximum_cover', policy.maximumCoverDays, 'days'],
    ['delisted_in', input.delistedInDays, 'days'],
    ['packs', packs, 'packs'],
    ['stock_out_probability', outlook.protection.tailAbove(outlook.netPosition + packs * terms.packSize), 'share'],
    ['expected_lost_units', expected.lost, 'units'],
    ['expected_left_units', expected.left, 'units'],
    ['expected_waste_units', terms.shelfLifeDays === undefined ? undefined : expected.wasted, 'units'],
    ['expected_cost', costOf(line, packs), 'money'],
  ]
  return all
    .filter(([, value]) => value !== undefined)
    .map(([name, value, unit]) => ({ name, value: typeof value === 'number' ? rounded(value) : value!, unit }))
}

/** E.g. `2 days 85 %, 3 days 10 %, 4 days 5 %`. */
const spreadOf = ({ days, probabilities }: LeadTime): string =>
  days.map((each, index) => `${each} days ${Math.round(100 * probabilities[index]!)} %`).join(', ')

function fallbacksOf({ input, outlook }: PreparedLine): string[] {
  const { demand, terms } = input
  const fallbacks: string[] = []
  if (demand?.kind === 'rate') fallbacks.push(`no forecast: the usual rate is used instead (${demand.source})`)
  const known = outlook.path.forecastDays
  const wanted = outlook.path.mean.length - 1
  if (known !== undefined && known < wanted) {
    fallbacks.push(`the forecast has ${known} of ${wanted} days: the ones behind them repeat its last week`)
  }
  if (demand?.kind === 'forecast' && demand.dependence === undefined) {
    fallbacks.push(
      `the correlation between errors of different days is unknown: ${outlook.path.dependence} is used instead`,
    )
  }
  if (terms.price === null) fallbacks.push('no price: a lost sale costs its share of the unit cost')
  return fallbacks
}

/** To nine significant digits, and nothing below a millionth: what is stored is read by people. */
// A small loss is rounded to −0, which is no number of its own.
const rounded = (value: number): number => Number(Number(value.toPrecision(9)).toFixed(6)) + 0
