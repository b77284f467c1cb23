/**
 * Sales of several years that are made, for what no real file of the project has: strong years, promotions that are known ahead,
 * moving holidays, closed days, stock-outs, products that come and go. Seeded: constants are chosen on other seeds than figures are printed of.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { addDays, dayNumber } from '../contracts/calendar.ts'
import { seeded } from '../models/statistics/random.ts'

interface Made {
  stores: number
  products: number
  days: number
  /** Units of a middling product on a middling day. */
  units: number
  /** How strong the year is: 0.5 makes the best week some three times the poorest. */
  season: number
  promotions: boolean
  period: 'day' | 'week'
  stockOuts?: boolean
}

export const MADE = {
  'made-daily': { stores: 5, products: 16, days: 1_280, units: 6, season: 0.5, promotions: false, period: 'day' },
  'made-promoted': { stores: 5, products: 16, days: 1_100, units: 8, season: 0.6, promotions: true, period: 'day' },
  'made-sparse': {
    stores: 8,
    products: 30,
    days: 900,
    units: 0.25,
    season: 0.4,
    promotions: true,
    period: 'day',
    stockOuts: true,
  },
  'made-weekly': { stores: 6, products: 20, days: 1_820, units: 3, season: 0.5, promotions: false, period: 'week' },
  'made-weekly-promoted': {
    stores: 5,
    products: 16,
    days: 1_400,
    units: 5,
    season: 0.4,
    promotions: true,
    period: 'week',
  },
} as const satisfies Record<string, Made>
export type MadeName = keyof typeof MADE
export const isMade = (name: string): name is MadeName => Object.hasOwn(MADE, name)

const FIRST = '2019-01-07'
/** Sundays of Easter, the feast that moves. */
const EASTER = ['2018-04-01', '2019-04-21', '2020-04-12', '2021-04-04', '2022-04-17', '2023-04-09', '2024-03-31']
const CATEGORIES = 4

export interface MadeFile {
  file: string
  map: Record<string, string>
}

/** Writes the file. */
export function makeSet(name: MadeName, seed: number, folder: string): MadeFile {
  const made: Made = MADE[name]
  const file = join(folder, `${name}-${seed}.csv`)
  writeFileSync(file, `${rowsOf(made, seed).join('\n')}\n`)
  return {
    file,
    map: {
      series: '[store, product]',
      date: 'date',
      quantity: 'sold',
      category: 'category',
      ...(made.promotions && { known: '[price, promotion, holiday]' }),
      ...(made.stockOuts && { stock_out: '{ column: hours_out, unit: hours, open_hours: 12 }' }),
      missing_days: made.period === 'day' ? 'closed' : 'zero',
    },
  }
}

function rowsOf(made: Made, seed: number): string[] {
  const random = seeded(seed)
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  const years = Array.from({ length: CATEGORIES }, () => yearCurve(normal, made.season))
  const isWeek = made.period === 'week'
  const rows = ['store,product,category,date,sold,price,promotion,holiday,hours_out']
  const weekdays = Array.from({ length: CATEGORIES }, () =>
    Array.from({ length: 7 }, (_, day) => Math.exp(0.15 * normal() + (day >= 4 ? 0.35 : 0))),
  )
  const storeSizes = Array.from({ length: made.stores }, () => Math.exp(0.4 * normal()))
  for (let product = 0; product < made.products; product += 1) {
    const category = product % CATEGORIES
    const [popularity, uplift, elasticity] = [Math.exp(0.9 * normal()), 0.5 + 0.5 * random(), 1 + random()]
    const ownYear = yearCurve(normal, made.season * 0.35)
    const listPrice = Math.round(100 * Math.exp(1 + 0.6 * normal())) / 100
    const start = random() < 0.15 ? Math.floor(random() * made.days * 0.8) : 0
    const end = random() < 0.07 ? Math.floor(made.days * (0.5 + 0.5 * random())) : made.days
    for (let store = 0; store < made.stores; store += 1) {
      let level = 0
      const trend = 0.0002 * normal()
      let [promotedFor, after, out] = [0, 0, 0]
      let week = { sold: 0, price: 0, promotion: 0, holiday: '' }
      const size = 3 + 5 * random()
      for (let day = 0; day < made.days; day += 1) {
        const date = addDays(FIRST, day)
        const weekday = day % 7
        level = 0.995 * level + 0.025 * normal() + trend
        if (weekday === 0 && made.promotions && promotedFor === 0 && random() < 0.1)
          promotedFor = random() < 0.3 ? 14 : 7
        const isPromoted = promotedFor > 0
        const price = isPromoted ? listPrice * (random() < 0.5 ? 0.75 : 0.8) : listPrice
        const { holiday, effect } = holidayOf(date, category)
        const isClosed = !isWeek && (holiday === 'christmas' || holiday === 'easter')
        const mean =
          made.units *
          popularity *
          storeSizes[store]! *
          Math.exp(level + years[category]!(date) + ownYear(date) + effect) *
          weekdays[category]![weekday]! *
          (isPromoted ? (1 + uplift) * (price / listPrice) ** -elasticity : after > 0 ? 0.85 : 1)
        if (promotedFor > 0 && --promotedFor === 0) after = 7
        else if (after > 0) after -= 1
        let sold = isClosed || day < start || day >= end ? 0 : negativeBinomial(random, normal, mean, size)
        if (made.stockOuts && out === 0 && random() < 0.01) out = 1 + Math.floor(random() * 4)
        const hoursOut = out > 0 ? 6 + Math.floor(random() * 7) : 0
        if (out > 0) out -= 1
        if (hoursOut > 0) sold = Math.floor(sold * (1 - hoursOut / 12))
        if (isWeek) {
          week = {
            sold: week.sold + sold,
            price: week.price + price / 7,
            promotion: Math.max(week.promotion, isPromoted ? 1 : 0),
            holiday: week.holiday || holiday,
          }
          if (weekday < 6) continue
          const { promotion } = week
          // What did not sell has no row, as in files of tills; what is known ahead is in rows without a quantity.
          if (week.sold > 0 || made.promotions)
            rows.push(
              `s${store},p${product},c${category},${addDays(date, -6)},${day < start ? '' : week.sold},${week.price.toFixed(2)},${promotion},${week.holiday},0`,
            )
          week = { sold: 0, price: 0, promotion: 0, holiday: '' }
        } else if (!isClosed && day >= start && (sold > 0 || made.promotions)) {
          rows.push(
            `s${store},p${product},c${category},${date},${sold},${price.toFixed(2)},${isPromoted ? 1 : 0},${holiday},${hoursOut}`,
          )
        }
      }
    }
  }
  return rows
}

/** A smooth year, with the weeks before Christmas for some. */
function yearCurve(normal: () => number, strength: number): (date: string) => number {
  const waves = [1, 2, 3].map((wave) => ({ wave, size: (strength * normal()) / wave, shift: Math.PI * normal() }))
  const peak = strength * Math.abs(normal())
  return (date) => {
    const part = (dayNumber(date) - dayNumber(`${date.slice(0, 4)}-01-01`)) / 365.25
    const smooth = waves.reduce(
      (sum, { wave, size, shift }) => sum + size * Math.sin(2 * Math.PI * wave * part + shift),
      0,
    )
    return smooth + (part > 0.9 && part < 0.982 ? peak * ((part - 0.9) / 0.082) : 0)
  }
}

function holidayOf(date: string, category: number): { holiday: string; effect: number } {
  if (date.endsWith('-12-25')) return { holiday: 'christmas', effect: 0 }
  if (date.endsWith('-07-04')) return { holiday: 'summer', effect: 0.5 }
  for (const easter of EASTER) {
    const before = dayNumber(easter) - dayNumber(date)
    if (before === 0) return { holiday: 'easter', effect: 0 }
    if (before > 0 && before <= 9)
      return { holiday: before <= 2 ? 'good friday' : '', effect: (category === 0 ? 0.9 : 0.3) * (1 - before / 12) }
  }
  return { holiday: '', effect: 0 }
}

/** By a gamma of a normal's cube (Wilson & Hilferty 1931) and a Poisson of it: near enough for sales. */
function negativeBinomial(random: () => number, normal: () => number, mean: number, size: number): number {
  const cube = 1 - 1 / (9 * size) + normal() / Math.sqrt(9 * size)
  const rate = mean * Math.max(0, cube) ** 3
  if (rate > 40) return Math.max(0, Math.round(rate + Math.sqrt(rate) * normal()))
  let [count, product] = [0, random()]
  const limit = Math.exp(-rate)
  while (product > limit) {
    count += 1
    product *= random()
  }
  return count
}
