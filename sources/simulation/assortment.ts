import type { Pattern } from './pattern.ts'
import { quantile, Random } from './random.ts'

interface Aisle {
  department: string
  category: string
  things: readonly string[]
  /** How many of the assortment's products it has, relative to the others. */
  weight: number
  /** Days from delivery to expiry. */
  lifeDays: readonly [number, number]
  /** Where its prices lie among all prices of the pattern: from and to, as shares. */
  prices: readonly [number, number]
  /** Kilograms of a unit. */
  weighs: readonly [number, number]
}

// Shelf lives are rounded from those on packages in shops; prices and popularity come from the pattern.
const aisles: readonly Aisle[] = [
  aisle(
    'Bakery',
    'Bread',
    ['Baguette', 'Wholemeal loaf', 'Rolls', 'Toast', 'Ciabatta'],
    6,
    [2, 4],
    [0.2, 0.6],
    [0.3, 0.75],
  ),
  aisle('Bakery', 'Cakes', ['Croissants', 'Muffins', 'Cheesecake'], 3, [3, 5], [0.4, 0.8], [0.25, 0.8]),
  aisle('Produce', 'Berries', ['Strawberries', 'Blueberries', 'Raspberries'], 3, [3, 5], [0.4, 0.8], [0.25, 0.5]),
  aisle('Produce', 'Fruit', ['Bananas', 'Apples', 'Oranges', 'Pears', 'Grapes'], 7, [6, 12], [0.05, 0.5], [0.5, 1.2]),
  aisle('Produce', 'Salad', ['Rocket', 'Iceberg', 'Spinach', 'Mixed leaves'], 5, [4, 6], [0.2, 0.5], [0.12, 0.4]),
  aisle(
    'Produce',
    'Vegetables',
    ['Tomatoes', 'Carrots', 'Broccoli', 'Peppers', 'Potatoes'],
    7,
    [6, 14],
    [0.05, 0.5],
    [0.4, 1.5],
  ),
  aisle('Meat and fish', 'Fish', ['Salmon', 'Cod', 'Trout'], 2, [3, 4], [0.8, 1], [0.25, 0.5]),
  aisle('Meat and fish', 'Meat', ['Minced beef', 'Pork chops', 'Steak'], 4, [4, 7], [0.75, 1], [0.4, 0.9]),
  aisle('Meat and fish', 'Poultry', ['Chicken breast', 'Turkey', 'Chicken legs'], 4, [5, 8], [0.7, 0.95], [0.4, 1.2]),
  aisle('Dairy', 'Milk', ['Whole milk', 'Skimmed milk', 'Oat drink'], 5, [7, 10], [0.1, 0.4], [1, 2]),
  aisle(
    'Dairy',
    'Yoghurt',
    ['Plain yoghurt', 'Fruit yoghurt', 'Skyr', 'Quark'],
    7,
    [14, 24],
    [0.05, 0.45],
    [0.15, 0.5],
  ),
  aisle('Dairy', 'Cheese', ['Cheddar', 'Mozzarella', 'Gouda', 'Feta'], 6, [25, 60], [0.4, 0.8], [0.15, 0.4]),
  aisle('Chilled', 'Ready meals', ['Lasagne', 'Soup', 'Sushi', 'Pizza'], 5, [4, 9], [0.5, 0.9], [0.3, 0.6]),
  aisle('Frozen', 'Frozen food', ['Peas', 'Ice cream', 'Fish fingers'], 6, [200, 400], [0.3, 0.8], [0.3, 1]),
  aisle('Grocery', 'Pasta and rice', ['Spaghetti', 'Penne', 'Rice', 'Couscous'], 6, [300, 700], [0.05, 0.4], [0.5, 1]),
  aisle('Grocery', 'Tins', ['Chopped tomatoes', 'Beans', 'Tuna', 'Sweetcorn'], 7, [400, 900], [0, 0.4], [0.2, 0.5]),
  aisle(
    'Grocery',
    'Snacks',
    ['Crisps', 'Nuts', 'Crackers', 'Biscuits', 'Chocolate'],
    9,
    [90, 240],
    [0.1, 0.6],
    [0.1, 0.4],
  ),
  aisle('Grocery', 'Breakfast', ['Cornflakes', 'Muesli', 'Jam', 'Honey'], 5, [200, 400], [0.4, 0.8], [0.3, 0.8]),
  aisle('Drinks', 'Soft drinks', ['Cola', 'Lemonade', 'Water', 'Orange juice'], 8, [120, 300], [0.05, 0.6], [0.5, 2]),
  aisle('Drinks', 'Coffee and tea', ['Ground coffee', 'Espresso', 'Black tea'], 4, [300, 500], [0.6, 1], [0.1, 0.5]),
  aisle('Drinks', 'Beer and wine', ['Lager', 'Ale', 'Red wine', 'White wine'], 4, [180, 700], [0.5, 1], [0.5, 1.5]),
  aisle(
    'Household',
    'Cleaning',
    ['Detergent', 'Sponges', 'Kitchen roll', 'Bin bags'],
    5,
    [700, 1500],
    [0.4, 1],
    [0.2, 2.5],
  ),
  aisle('Household', 'Care', ['Toothpaste', 'Shampoo', 'Soap', 'Nappies'], 5, [700, 1500], [0.5, 1], [0.1, 1.5]),
]

function aisle(
  department: string,
  category: string,
  things: readonly string[],
  weight: number,
  lifeDays: readonly [number, number],
  prices: readonly [number, number],
  weighs: readonly [number, number],
): Aisle {
  return { department, category, things, weight, lifeDays, prices, weighs }
}

const brands = ['Alder', 'Birch', 'Cedar', 'Elm', 'Hazel', 'Juniper', 'Larch', 'Maple', 'Rowan', 'Willow'] as const

/** Goods that last no longer than this are delivered and marked down as perishables. */
const PERISHABLE_DAYS = 14

export interface Product {
  index: number
  productId: string
  name: string
  department: string
  category: string
  /** Share of all lines sold. */
  popularity: number
  listPriceCents: number
  /** A price that is one per cent lower sells about this many per cent more. */
  elasticity: number
  lifeDays: number
  isPerishable: boolean
  unitWeightGrams: number
  /** Suppliers deliver in whole cases. */
  caseUnits: number
  supplier: Supplier
}

export interface Supplier {
  supplierId: string
  leadDays: readonly [number, number]
  /** Probability that an order doesn't come. */
  failure: number
}

/** By category. The mean of 1,851 published elasticities is 2.62 (Bijmolt, van Heerde & Pieters 2005, JMR 42(2), p. 141). */
const ELASTICITIES = [1.2, 3.2] as const
/** How far a product may be from its category. */
const OWN_ELASTICITY = [0.85, 1.15] as const

/** At least this many units in whole cases, one at least. */
export const wholeCases = ({ caseUnits }: Product, units: number): number =>
  Math.max(1, Math.ceil(units / caseUnits)) * caseUnits

/** The products that every store has, with the pattern's prices and popularity. */
export function createAssortment(run: string, seed: number, count: number, pattern: Pattern): Product[] {
  const random = new Random(seed, 'assortment')
  const counts = apportion(
    aisles.map(({ weight }) => weight),
    count,
  )
  const ranks = shuffled(random, [...pattern.popularity.slice(0, count)])
  const total = ranks.reduce((sum, share) => sum + share, 0)
  const products: Product[] = []
  aisles.forEach((of, place) => {
    // A stream of their own: they change nothing else that is drawn.
    const taste = new Random(seed, 'elasticity', of.category)
    const elasticity = taste.between(...ELASTICITIES)
    for (let number = 0; number < counts[place]!; number += 1) {
      const index = products.length
      const lifeDays = random.integer(...of.lifeDays)
      const isPerishable = lifeDays <= PERISHABLE_DAYS
      products.push({
        index,
        productId: `${run}-p${String(index + 1).padStart(3, '0')}`,
        name: nameOf(of, number),
        department: of.department,
        category: of.category,
        popularity: ranks[index]! / total,
        listPriceCents: shelfPrice(quantile(pattern.prices, random.between(...of.prices))),
        elasticity: elasticity * taste.between(...OWN_ELASTICITY),
        lifeDays,
        isPerishable,
        unitWeightGrams: Math.round(random.between(...of.weighs) * 100) * 10,
        caseUnits: isPerishable ? random.pick([4, 6, 8]) : random.pick([6, 12, 12, 24]),
        supplier: supplierOf(run, of.department, isPerishable),
      })
    }
  })
  return products
}

function nameOf({ things }: Aisle, number: number): string {
  const brand = brands[Math.floor(number / things.length) % brands.length]!
  const round = Math.floor(number / (things.length * brands.length))
  return `${brand} ${things[number % things.length]!}${round > 0 ? ` ${round + 1}` : ''}`
}

/** Prices end in 9, and nothing costs less than 29 cents. */
const shelfPrice = (price: number): number => Math.max(29, Math.round(price * 10) * 10 - 1)

function supplierOf(run: string, department: string, isPerishable: boolean): Supplier {
  const name = department.toLowerCase().replaceAll(' ', '-')
  return isPerishable
    ? { supplierId: `${run}-${name}-fresh`, leadDays: [1, 2], failure: 0.03 }
    : { supplierId: `${run}-${name}`, leadDays: [1, 4], failure: 0.05 }
}

/** Whole numbers that sum to `total`, in proportion to the weights (largest remainder). */
function apportion(weights: readonly number[], total: number): number[] {
  const sum = weights.reduce((whole, weight) => whole + weight, 0)
  const exact = weights.map((weight) => (weight / sum) * total)
  const counts = exact.map(Math.floor)
  const byRemainder = exact.map((value, place) => ({ place, remainder: value - Math.floor(value) }))
  byRemainder.sort((one, other) => other.remainder - one.remainder || one.place - other.place)
  const missing = total - counts.reduce((whole, units) => whole + units, 0)
  for (const { place } of byRemainder.slice(0, missing)) counts[place]! += 1
  return counts
}

function shuffled<Item>(random: Random, items: Item[]): Item[] {
  for (let last = items.length - 1; last > 0; last -= 1) {
    const other = random.integer(0, last)
    const kept = items[last]!
    items[last] = items[other]!
    items[other] = kept
  }
  return items
}
