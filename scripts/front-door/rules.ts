/** What replaces a placeholder, and what makes a command of minutes one of seconds. */
import type { Documented } from './markdown.ts'

export interface Place {
  /** The last day that the instance has replayed. */
  lastDay: string
  /** The plan that was made last. */
  plan: string
  /** An order that waits for its approval. */
  order: string
  /** An open alert. */
  alert: string
}

/** Commands that are there already when a page is read, and why. */
const RUN_ELSEWHERE: readonly [RegExp, string][] = [
  [/^(\.\/)?scripts\/run\b/, 'it has started the instance that the others run on'],
  [/^(\.\/)?scripts\/test\b/, 'it runs this test'],
  [/^(\.\/)?shelfline worker (stream|batch|web)\b/, './scripts/run has started it'],
]

export const isTyped = ({ command, notRun }: Documented): boolean =>
  notRun === undefined && !RUN_ELSEWHERE.some(([pattern]) => pattern.test(command))

/** A documented line with a value for each of its placeholders. */
export function filledFor(command: string, { lastDay, plan, order, alert }: Place): string {
  return replaced(command, [
    [/^shelfline/, './shelfline'],
    [/^SHELFLINE_KAFKA_PORT=9092 shelfline/, './shelfline'],
    [/\bPLAN\b/, plan],
    [/\bPO-…/, order],
    [/\bALERT\b/, alert],
    [/\bDAY\b/g, lastDay],
    [/\bFILE --map MAP\.yaml\b/, 'data/examples/prices.csv --map data/examples/prices.yaml'],
  ])
}

const SMALLEST_WORLD = '--stores 1 --days 1 --products 10 --visits 10 --tick 240 --speed max --pattern online-retail'

/** The line that is typed for a documented one where there are few days and the objects of `world.ts`. */
export function typedFor(command: string, place: Place): string {
  return replaced(filledFor(command, place), [
    // The README replays 28 days.
    [/2017-01-(28|05)\b/g, place.lastDay],
    [/\bbacktest orders .*/, `$& --minimum-days 2`],
    [/\bsimulate .*/, `$& ${SMALLEST_WORLD}`],
    [/\breplay complete-journey .*/, '$& --to 2017-03-01 --stores 1'],
    [/\breplay online-retail .*/, '$& --to 2011-11-01 --stores 1 --speed max'],
    [/\bdiscard LETTER\b/, 'discard 15'],
    [/\bLETTER\b/, '14'],
    [/\boutbox discard MESSAGE\b/, 'outbox discard 19'],
    [/\boutbox (show|retry) MESSAGE\b/, 'outbox $1 18'],
    [/\bMESSAGE\b/, '88bb'],
    [/\bTOPIC\b/, 'foot_traffic'],
    [/\bREASON\b/, '"retention was too short"'],
    [/\bASSET\b/, 'fact_stockout'],
    [/\bTABLE\b/, 'raw/pos_transactions'],
  ])
}

const replaced = (command: string, rules: readonly [RegExp, string][]): string =>
  rules.reduce((line, [wanted, instead]) => line.replace(wanted, instead), command)
