/** What people expect to sell in place of forecasts, and forecasts that are asked for one by one. */

import { type Command, Option } from 'commander'
import { addDays } from '../contracts/calendar.ts'
import { PREDICTIONS_MAX } from '../contracts/predictions.ts'
import { parseRawFeatures } from '../contracts/raw-features.ts'
import { loadSettings } from '../platform/settings/settings.ts'
import {
  listOverrides,
  type OverrideState,
  overrideForecast,
  overrideStates,
  withdrawOverride,
} from '../services/forecasting/overrides.ts'
import { predict } from '../services/forecasting/predictions.ts'
import { actor } from './acting.ts'
import { parseCount } from './arguments.ts'
import { withPool } from './connections.ts'
import { identify } from './identity.ts'
import { counted, print, printJson, printTable, UsageError } from './output.ts'

interface OverrideFlags {
  from: string
  to: string
  quantity?: string
  factor?: string
  why: string
  expires?: string
  dryRun?: boolean
  json?: boolean
}

interface ListFlags {
  store?: string
  product?: string
  state?: OverrideState
  limit: string
  cursor?: string
  json?: boolean
}

interface WithdrawFlags {
  why: string
  json?: boolean
}

interface PredictFlags {
  days: string
  category?: string
  department?: string
  features?: string
  json?: boolean
}

export function register(program: Command): void {
  const forecasts = program
    .command('forecasts')
    .description('Override forecasts of demand, and show what that was worth; ask for single forecasts')
  forecasts
    .command('predict <store> <product>')
    .description('Ask the predictor for the forecast of a product in a store, by the champion as of now')
    .option('--days <count>', 'Days ahead', '7')
    .option('--category <category>', 'Category of a product that is not in the catalog')
    .option('--department <department>', 'Its department')
    .option('--features <json>', 'Features in place of those that are known, a JSON object')
    .option('--json', 'Print JSON')
    .addHelpText('after', '\nExample:\n  shelfline forecasts predict 367 milk --days 3')
    .action(predictDays)
  forecasts
    .command('override <store> <product>')
    .description('Override the forecast of a product in a store; orders are planned with the override')
    .requiredOption('--from <date>', 'First day')
    .requiredOption('--to <date>', 'Last day, at most 92 days in all')
    .option('--quantity <units>', 'Units a day')
    .option('--factor <number>', 'What the forecast is multiplied by')
    .requiredOption('--why <text>', 'Why')
    .option('--expires <date>', 'Last day on which plans use it; default: the last day')
    .hook('preAction', identify)
    .option('--dry-run', 'Show what would change, and do nothing')
    .option('--json', 'Print JSON')
    .addHelpText(
      'after',
      '\nExample:\n  shelfline forecasts override 367 milk --from 2026-12-05 --to 2026-12-06 --factor 1.5 --why "street festival"',
    )
    .action(override)
  forecasts
    .command('overrides')
    .description('List overrides, the newest first, and by how much they were closer to the sales than the forecasts')
    .option('--store <store>', 'Only of this store')
    .option('--product <product>', 'Only of this product')
    .addOption(new Option('--state <state>', 'Only in this state').choices(overrideStates))
    .option('--limit <count>', 'Overrides at most', '50')
    .option('--cursor <cursor>', 'Continue after an earlier page: "next" of its JSON')
    .option('--json', 'Print JSON')
    .addHelpText('after', '\nExample:\n  shelfline forecasts overrides --state in_force')
    .action(list)
  forecasts
    .command('withdraw <override>')
    .description('Withdraw an override: plans stop using it')
    .requiredOption('--why <text>', 'Why')
    .hook('preAction', identify)
    .option('--json', 'Print JSON')
    .addHelpText('after', '\nExample:\n  shelfline forecasts withdraw 12 --why "the festival is cancelled"')
    .action(withdraw)
}

async function predictDays(
  storeId: string,
  productId: string,
  { days, features, json, ...others }: PredictFlags,
): Promise<void> {
  const count = parseCount('--days', days, 1, PREDICTIONS_MAX)
  const request = {
    storeId,
    productId,
    ...others,
    ...(features !== undefined && { features: parseFeatures(features) }),
  }
  const settings = loadSettings()
  const { forecasts: first } = await predict(settings, { requests: [request] })
  const from = first[0]!.targetDate
  const later =
    from === null || count === 1
      ? []
      : (
          await predict(settings, {
            requests: laterDays(from, count).map((targetDate) => ({ ...request, targetDate })),
          })
        ).forecasts
  const forecasts = [...first, ...later]
  if (json) return printJson({ forecasts })
  printTable(
    ['day', 'forecast', '80 % between', 'and', 'model', 'as of'],
    forecasts.map(({ targetDate, mean, quantiles, model, modelVersion, featuresDate }) => [
      targetDate ?? '',
      mean?.toFixed(2) ?? 'none',
      quantiles?.q10?.toFixed(2) ?? '',
      quantiles?.q90?.toFixed(2) ?? '',
      modelVersion === 0 ? model : `${model}@${modelVersion}`,
      featuresDate ?? '',
    ]),
  )
  for (const refusal of new Set(forecasts.flatMap((forecast) => forecast.refusal ?? []))) print(refusal)
}

const laterDays = (from: string, count: number): string[] =>
  Array.from({ length: count - 1 }, (_, index) => addDays(from, index + 1))

function parseFeatures(text: string): Record<string, unknown> {
  const features = parseRawFeatures(text)
  if (typeof features === 'string') throw new UsageError(`--features: ${features}`)
  return JSON.parse(text) as Record<string, unknown>
}

async function override(
  store: string,
  product: string,
  { dryRun = false, json, ...request }: OverrideFlags,
): Promise<void> {
  const effect = await withPool(loadSettings(), (pool) =>
    overrideForecast(pool, { store, product, ...request }, actor(), { isDryRun: dryRun }),
  )
  if (json) return printJson({ ...effect, dryRun })
  printTable(
    ['day', 'forecast', 'overridden'],
    effect.days.map(({ day, untouched, overridden }) => [day, untouched ?? 'not known', overridden ?? 'not known']),
  )
  const what = `the forecast of ${effect.productName} in store ${store}`
  if (dryRun) print(`${counted(effect.days.length, 'day')} of ${what} would be overridden; nothing was done`)
  else print(`Override ${effect.overrideId} of ${what}; \`shelfline forecasts withdraw ${effect.overrideId}\` ends it`)
}

async function list({ limit, json, ...filter }: ListFlags): Promise<void> {
  const asked = { ...filter, limit: parseCount('--limit', limit) }
  const { items: overrides, next } = await withPool(loadSettings(), (pool) => listOverrides(pool, asked))
  if (json) return printJson({ overrides, next })
  if (overrides.length === 0) return print('No overrides match; `shelfline forecasts override` makes one')
  printTable(
    ['override', 'store', 'product', 'days', 'effect', 'why', 'by', 'state', 'days compared', 'value added'],
    overrides.map((one) => [
      String(one.overrideId),
      one.store,
      one.productName,
      `${one.from} to ${one.to}`,
      one.quantity === null ? `× ${one.factor}` : `${one.quantity} a day`,
      one.why,
      one.by,
      one.state.replace('_', ' '),
      one.daysMeasured,
      one.daysMeasured === 0 ? '' : (Number(one.untouchedError) - Number(one.overriddenError)).toFixed(1),
    ]),
  )
  print('Value added: units by which the override was closer to the sales than the forecast of the day before.')
  if (next !== null) print('There are more: --limit shows them')
}

async function withdraw(text: string, { why, json }: WithdrawFlags): Promise<void> {
  const override = parseCount('override', text)
  const isChanged = await withPool(loadSettings(), (pool) => withdrawOverride(pool, override, { by: actor(), why }))
  if (json) return printJson({ override, isChanged })
  print(isChanged ? `Override ${override} is withdrawn` : `Override ${override} was withdrawn before`)
}
