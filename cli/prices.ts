/** How demand answers to prices, what a price would bring, and what is planned and decided about markdowns. */

import { type Command, Option } from 'commander'
import { loadSettings } from '../platform/settings/settings.ts'
import { type ClearedShelf, listClearance } from '../services/pricing/clearance.ts'
import {
  approveMarkdown,
  denyMarkdown,
  listMarkdowns,
  type MarkdownDetails,
  type MarkdownState,
  markdownStates,
  readMarkdown,
} from '../services/pricing/markdowns.ts'
import {
  type ElasticityLevel,
  elasticityLevels,
  listElasticities,
  type PriceAnswer,
  whatIfPrice,
} from '../services/pricing/prices.ts'
import { person } from './acting.ts'
import { parseCount, parseNumber } from './arguments.ts'
import { withPool } from './connections.ts'
import { identify } from './identity.ts'
import { minute, print, printJson, printTable } from './output.ts'

interface PageFlags {
  limit: string
  cursor?: string
  json?: boolean
}

interface ElasticityFlags extends PageFlags {
  level?: ElasticityLevel
  category?: string
  member?: string
}

interface MarkdownFlags extends PageFlags {
  store?: string
  state?: MarkdownState
  day?: string
  all?: boolean
}

interface ClearanceFlags extends PageFlags {
  by: string
  leftPercent?: string
  store?: string
  category?: string
}

interface WhatIfFlags {
  price: string
  promotion?: boolean
  json?: boolean
}

interface ShowFlags {
  day?: string
  json?: boolean
}

interface DecisionFlags extends ShowFlags {
  why: string
}

export function register(program: Command): void {
  const prices = program
    .command('prices')
    .description('Show how demand answers to prices, and decide about markdowns of lots near their expiry')
  paged(
    prices
      .command('elasticities')
      .description('List the price elasticities that were learnt from sales, and what promotions add')
      .addOption(new Option('--level <level>', 'Of what; default: category').choices(elasticityLevels))
      .option('--category <category>', 'Only of this category')
      .option('--member <id>', 'Only of this product or store'),
  )
    .addHelpText('after', '\nExample:\n  shelfline prices elasticities --level category')
    .action(elasticities)
  prices
    .command('whatif <store> <product>')
    .description('Compare what a price of a product would bring with the list price; nothing is written')
    .requiredOption('--price <money>', 'Price of a unit')
    .option('--promotion', 'As an advertised promotion')
    .option('--json', 'Print JSON')
    .addHelpText('after', '\nExample:\n  shelfline prices whatif 367 milk --price 0.95')
    .action(whatIf)
  paged(
    prices
      .command('markdowns')
      .description('List planned markdowns, the newest day first')
      .option('--store <store>', 'Only of this store')
      .addOption(new Option('--state <state>', 'Only in this state').choices(markdownStates))
      .option('--day <date>', 'Only of this day')
      .option('--all', 'Also shelves with lots near their expiry that are not marked down'),
  )
    .addHelpText('after', '\nExample:\n  shelfline prices markdowns --state proposed')
    .action(markdowns)
  prices
    .command('markdown <store> <product>')
    .description('Show why a shelf is marked down, and what each markdown was expected to bring')
    .option('--day <date>', 'Of this day; default: the newest')
    .option('--json', 'Print JSON')
    .addHelpText('after', '\nExample:\n  shelfline prices markdown 367 milk')
    .action(show)
  paged(
    prices
      .command('clearance')
      .description('List slow movers with the markdown that earns most until a day; nothing is written')
      .requiredOption('--by <date>', 'The day by which they have to be gone, at most 182 days ahead')
      .option(
        '--left-percent <percent>',
        'What a unit that is left is worth, in per cent of its list price; default: 0',
      )
      .option('--store <store>', 'Only of this store')
      .option('--category <category>', 'Only of this category'),
  )
    .addHelpText('after', '\nExample:\n  shelfline prices clearance --by 2027-01-31 --store 367')
    .action(clearance)
  deciding(prices, 'approve', 'Approve a deeper markdown; it applies within ten minutes', 'too much is left').action(
    approve,
  )
  deciding(prices, 'deny', 'Deny a deeper markdown for the rest of the day', 'the hotel takes it').action(deny)
}

const paged = (command: Command): Command =>
  command
    .option('--limit <count>', 'Entries at most', '50')
    .option('--cursor <cursor>', 'Continue after an earlier page: "next" of its JSON')
    .option('--json', 'Print JSON')

const deciding = (prices: Command, verb: string, description: string, why: string): Command =>
  prices
    .command(`${verb} <store> <product>`)
    .description(description)
    .option('--day <date>', 'Of this day; default: the newest')
    .requiredOption('--why <text>', 'Why')
    .hook('preAction', identify)
    .option('--json', 'Print JSON')
    .addHelpText('after', `\nExample:\n  shelfline prices ${verb} 367 milk --why "${why}"`)

async function elasticities({ limit, json, ...filter }: ElasticityFlags): Promise<void> {
  const asked = { ...filter, limit: parseCount('--limit', limit) }
  const { items, next } = await withPool(loadSettings(), (pool) => listElasticities(pool, asked))
  if (json) return printJson({ elasticities: items, next })
  if (items.length === 0)
    return print('Nothing was learnt of prices yet: it needs price_changes, and days at lower prices')
  printTable(
    [
      'category',
      'of',
      'elasticity',
      '±',
      'units at lower prices',
      'expected at the usual price',
      'promotions',
      'learnt on',
    ],
    items.map(({ category, member, name, elasticity, error, sold, expected, promotionFactor, learntOn }) => [
      category,
      name ?? member,
      elasticity.toFixed(2),
      error.toFixed(2),
      sold.toFixed(0),
      expected.toFixed(0),
      promotionFactor === null ? '' : `× ${promotionFactor.toFixed(2)}`,
      learntOn,
    ]),
  )
  print(
    'A price that is 1 % lower sells as many per cent more as the elasticity. Promotions: over the same price without one.',
  )
  if (next !== null) print('There are more: --limit shows them')
}

async function whatIf(store: string, product: string, { price, promotion, json }: WhatIfFlags): Promise<void> {
  const question = {
    store,
    product,
    price: parseNumber('--price', price),
    ...(promotion !== undefined && { isPromotion: promotion }),
  }
  const answer = await withPool(loadSettings(), (pool) => whatIfPrice(pool, question))
  if (json) return printJson({ ...question, ...answer })
  printAnswer(answer)
}

function printAnswer(answer: PriceAnswer): void {
  const { productName, currency, unitCost, isCostAssumed, elasticity, elasticityOf, error, markdowns: options } = answer
  const rows = [
    ['list price', answer.present],
    ['asked', answer.asked],
    ['greatest margin', answer.best],
  ] as const
  print(
    `${productName}: a unit costs ${unitCost.toFixed(2)} ${currency}${isCostAssumed ? ' (assumed: no supplier has terms)' : ''}; elasticity ${elasticity.toFixed(2)} ± ${error.toFixed(2)} (${elasticityOf})`,
  )
  printTable(
    ['', 'price', 'units a day', '80 % between', 'and', 'revenue', 'margin'],
    rows.map(([name, { price, units, unitsLow, unitsHigh, revenue, margin }]) => [
      name,
      price.toFixed(2),
      units.toFixed(1),
      unitsLow.toFixed(1),
      unitsHigh.toFixed(1),
      revenue.toFixed(2),
      margin.toFixed(2),
    ]),
  )
  if (options.length > 0) {
    print('Lots are near their expiry; until they have expired:')
    printOptions(options)
  }
}

const printOptions = (options: PriceAnswer['markdowns']): void =>
  printTable(
    ['markdown', 'price', 'sold', 'expired', 'earned'],
    options.map(({ percent, price, sold, wasted, earned }) => [
      `${percent} %`,
      price.toFixed(2),
      sold.toFixed(1),
      wasted.toFixed(1),
      earned.toFixed(2),
    ]),
  )

async function markdowns({ limit, json, ...filter }: MarkdownFlags): Promise<void> {
  const asked = { ...filter, limit: parseCount('--limit', limit) }
  const { items, next } = await withPool(loadSettings(), (pool) => listMarkdowns(pool, asked))
  if (json) return printJson({ markdowns: items, next })
  if (items.length === 0) return print('No markdowns match; --all also lists shelves that are not marked down')
  printTable(
    ['day', 'store', 'product', 'markdown', 'best', 'units near expiry', 'last expires', 'state', 'who'],
    items.map((plan) => [
      plan.day,
      plan.store,
      plan.productName,
      `${plan.percent} %`,
      `${plan.bestPercent} %`,
      plan.nearUnits,
      plan.lastExpiresOn,
      plan.state,
      plan.decidedBy,
    ]),
  )
  if (next !== null) print('There are more: --limit shows them')
}

async function clearance({ by, leftPercent, limit, json, ...filter }: ClearanceFlags): Promise<void> {
  const asked = {
    ...filter,
    by,
    limit: parseCount('--limit', limit),
    ...(leftPercent !== undefined && { leftPercent: parseNumber('--left-percent', leftPercent) }),
  }
  const { items, next } = await withPool(loadSettings(), (pool) => listClearance(pool, asked))
  if (json) return printJson({ by, clearance: items, next })
  if (items.length === 0)
    return print('No slow movers with stock; `shelfline models list slow_movers` shows whether they are predicted')
  printTable(
    ['store', 'product', 'units', 'a day', 'tied up', 'list price', 'markdown', 'left then', 'left without', 'gain'],
    items.map(clearanceRow),
  )
  print(
    `Left: units on ${by}. Gain: takings until then over those at the price of now. The weeks after the first are planned by what is left then.`,
  )
  if (next !== null) print('There are more: --limit shows them')
}

const clearanceRow = ({
  store,
  productName,
  units,
  unitsPerDay,
  tiedUp,
  currency,
  listPrice,
  best,
  untouched,
}: ClearedShelf) => [
  store,
  productName,
  units,
  unitsPerDay.toFixed(2),
  `${Number(tiedUp).toFixed(2)} ${currency}`,
  listPrice.toFixed(2),
  `${best.percent} %`,
  best.wasted.toFixed(1),
  untouched.wasted.toFixed(1),
  (best.earned - untouched.earned).toFixed(2),
]

async function show(store: string, product: string, { day, json }: ShowFlags): Promise<void> {
  const plan = await withPool(loadSettings(), (pool) => readMarkdown(pool, keyOf(store, product, day)))
  if (json) return printJson(plan)
  const { explanation: why, percent, bestPercent, state } = plan
  print(`${plan.productName} in store ${store} on ${plan.day}: ${percent} % off, ${state}`)
  if (bestPercent !== percent) print(`${bestPercent} % would earn most, and needs approval`)
  print(
    `${plan.nearUnits} units expire by ${plan.lastExpiresOn}; usually ${why.unitsPerDay.toFixed(1)} a day are sold at ${why.listPrice.toFixed(2)}`,
  )
  print(
    `A unit costs ${why.unitCost.toFixed(2)}${why.isCostAssumed ? ' (assumed: no supplier has terms)' : ''}; elasticity ${why.elasticity.toFixed(2)} (${why.elasticityOf}); planned ${minute(plan.plannedAt)}`,
  )
  printOptions(why.options)
  print('Sold and expired: units of the shelf and what follows them until the last of these lots has expired.')
  if (plan.decidedBy !== null) print(`${state} by ${plan.decidedBy}: ${plan.decidedWhy}`)
}

async function approve(store: string, product: string, { day, why, json }: DecisionFlags): Promise<void> {
  const key = keyOf(store, product, day)
  printDecision(await withPool(loadSettings(), (pool) => approveMarkdown(pool, key, { by: person(), why })), json)
}

async function deny(store: string, product: string, { day, why, json }: DecisionFlags): Promise<void> {
  const key = keyOf(store, product, day)
  printDecision(await withPool(loadSettings(), (pool) => denyMarkdown(pool, key, { by: person(), why })), json)
}

const keyOf = (store: string, product: string, day: string | undefined) => ({
  store,
  product,
  ...(day !== undefined && { day }),
})

function printDecision(
  { store, product, day, state, percent, decidedBy }: MarkdownDetails,
  json: boolean | undefined,
): void {
  if (json) printJson({ store, product, day, state, percent, decidedBy })
  else print(`The markdown of ${product} in store ${store} on ${day} is ${state}: ${percent} % off`)
}
