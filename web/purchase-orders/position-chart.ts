import { type Html, html } from '../page/html.ts'
import { texts } from '../texts.ts'

const words = texts.orders.chart
const WIDTH = 420
const HEIGHT = 138
const LEFT = 2
const RIGHT = 2

type Term = { name: string; value: number | string | null }

/**
 * What is there, what was on its way and what is ordered, end to end, above the demand until the order after this one can arrive: its
 * middle and its interval of 80 %. Both axes are units, from zero. Without a demand there is no drawing.
 */
export function positionChart(terms: readonly Term[], quantity: number, number: (value: number) => string): Html | '' {
  const termOf = (name: string): number | undefined => {
    const value = terms.find((term) => term.name === name)?.value
    return typeof value === 'number' ? value : undefined
  }
  const mean = termOf('mean_demand')
  if (mean === undefined) return ''
  const onHand = Math.max(0, termOf('on_hand_available') ?? termOf('on_hand') ?? 0)
  const onOrder = Math.max(0, termOf('on_order') ?? 0)
  const deviation = termOf('demand_standard_deviation') ?? 0
  // 80 % of a normal distribution; demand is never below zero.
  const [low, high] = [Math.max(0, mean - 1.2816 * deviation), mean + 1.2816 * deviation]
  const most = 1.08 * Math.max(onHand + onOrder + quantity, high, 1)
  const x = (units: number) => LEFT + ((WIDTH - LEFT - RIGHT) * units) / most
  const parts = [
    { name: words.onHand, from: 0, to: onHand, fill: 'var(--mark)' },
    { name: words.onOrder, from: onHand, to: onHand + onOrder, fill: 'var(--mark-2)' },
    { name: words.ordered, from: onHand + onOrder, to: onHand + onOrder + quantity, fill: 'var(--mark-3)' },
  ].filter(({ from, to }) => to > from)
  const said = words.said({
    onHand: number(onHand),
    onOrder: number(onOrder),
    quantity: number(quantity),
    mean: number(mean),
    low: number(low),
    high: number(high),
  })
  return html`<figure><figcaption>${said}</figcaption><svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${said}" font-size="12" fill="var(--ink-2)">
<text x="0" y="12">${words.supply}</text><text x="0" y="78">${words.demand}</text>
${parts.map(
  ({ name, from, to, fill }) =>
    html`<rect x="${x(from).toFixed(1)}" y="18" width="${(x(to) - x(from)).toFixed(1)}" height="22" fill="${fill}" stroke="var(--mark)"><title>${name} ${number(to - from)}</title></rect>${
      x(to) - x(from) > 84 && html`<text x="${(x(from) + 2).toFixed(1)}" y="54">${name} ${number(to - from)}</text>`
    }`,
)}
<rect x="${x(low).toFixed(1)}" y="88" width="${Math.max(1, x(high) - x(low)).toFixed(1)}" height="14" rx="3" fill="var(--mark-3)" stroke="var(--mark)" stroke-dasharray="3 2" />
<line x1="${x(mean).toFixed(1)}" x2="${x(mean).toFixed(1)}" y1="84" y2="106" stroke="var(--ink)" stroke-width="2" />
<line x1="${x(onHand + onOrder + quantity).toFixed(1)}" x2="${x(onHand + onOrder + quantity).toFixed(1)}" y1="40" y2="112" stroke="var(--mark)" stroke-dasharray="2 3" />
<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="114" y2="114" stroke="var(--line-strong)" />
<text x="${LEFT}" y="130">0</text><text x="${x(mean).toFixed(1)}" y="130" text-anchor="middle" fill="var(--ink)">${number(mean)}</text><text x="${WIDTH - RIGHT}" y="130" text-anchor="end">${number(most)}</text>
</svg></figure>`
}
