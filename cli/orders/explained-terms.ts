/** The terms of an explanation, for people. */
import type { ExplainedTerm } from '../../services/purchase-orders/orders.ts'
import { percent, printTable } from '../output.ts'

export function printTerms(terms: readonly ExplainedTerm[], currency: string): void {
  printTable(
    ['term', 'value', 'unit'],
    terms.map((term) => [words(term.name), shown(term), inMoney(term.unit, currency)]),
  )
}

function shown({ value, unit }: ExplainedTerm): string {
  if (value === null) return 'not known'
  if (typeof value === 'string') return value
  return unit === 'share' ? percent(value) : value.toLocaleString('en-GB', { maximumFractionDigits: 4 })
}

const inMoney = (unit: ExplainedTerm['unit'], currency: string): string =>
  unit === 'text' || unit === 'share' ? '' : unit.replace('money', currency)

export const words = (name: string): string => name.replaceAll('_', ' ')
