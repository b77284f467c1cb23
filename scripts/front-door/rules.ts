/** What replaces a placeholder, and what makes a command of minutes one of seconds. */

export interface Place {
  /** The last day that the instance has replayed. */
  lastDay: string
  /** The plan that was made last. */
  plan: string
}

const SMALLEST_WORLD = '--stores 1 --days 1 --products 10 --visits 10 --tick 240 --speed max --pattern online-retail'

/** Commands that are there already when a page is read. */
export const RUN_ELSEWHERE: readonly [RegExp, string][] = [
  [/^(\.\/)?scripts\/run\b/, 'it has started the instance that the others run on, with fewer days'],
  [/^(\.\/)?scripts\/test\b/, 'it runs this test'],
  [/^(\.\/)?shelfline worker (stream|batch|web)\b/, './scripts/run has started it'],
]

/** The line that is typed for one that is documented. */
export function typedFor(command: string, { lastDay, plan }: Place): string {
  const rules: readonly [RegExp, string][] = [
    [/^shelfline/, './shelfline'],
    [/^SHELFLINE_KAFKA_PORT=9092 shelfline/, './shelfline'],
    // The README replays 28 days.
    [/2017-01-(28|05)\b/g, lastDay],
    [/\bbacktest orders .*/, `$& --minimum-days 2`],
    [/\bsimulate .*/, `$& ${SMALLEST_WORLD}`],
    [/\breplay complete-journey .*/, '$& --to 2017-03-01 --stores 1'],
    [/\breplay online-retail .*/, '$& --to 2011-11-01 --stores 1 --speed max'],
    [/\bPLAN\b/, plan],
    [/\bALERT\b/, '14'],
    [/\bdiscard LETTER\b/, 'discard 15'],
    [/\bLETTER\b/, '14'],
    [/\boutbox discard MESSAGE\b/, 'outbox discard 19'],
    [/\boutbox (show|retry) MESSAGE\b/, 'outbox $1 18'],
    [/\bMESSAGE\b/, '88bb'],
    [/\bTOPIC\b/, 'foot_traffic'],
    [/\bPO-…/, 'PO-dairy-W1-20170302'],
    [/\bREASON\b/, '"retention was too short"'],
    [/\bASSET\b/, 'fact_sales'],
    [/\bDAY\b/g, lastDay],
    [/\bTABLE\b/, 'raw/pos_transactions'],
    [/\bFILE --map MAP\.yaml\b/, 'data/examples/prices.csv --map data/examples/prices.yaml'],
  ]
  return rules.reduce((line, [wanted, instead]) => line.replace(wanted, instead), command)
}
