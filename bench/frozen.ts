/**
 * Days that no choice may look at: four origins of each file, and the days ahead of them. Constants, features and rules are chosen on
 * other days; these are forecast only to report figures (decision 0281).
 */
import { addDays } from '../contracts/calendar.ts'

/** Days ahead of an origin that are frozen. */
export const FROZEN_DAYS = 28

/**
 * By file. Of FreshRetail, which has 90 days, earlier choices had seen the last five weeks: its figures are no proof of them, only of
 * later ones.
 */
export const FROZEN_ORIGINS = {
  'complete-journey': ['2017-06-04', '2017-08-06', '2017-10-08', '2017-11-19'],
  'online-retail': ['2010-09-12', '2011-01-30', '2011-05-15', '2011-08-21'],
  freshretail: ['2024-05-28', '2024-06-04', '2024-06-11', '2024-06-18'],
} as const satisfies Readonly<Record<string, readonly string[]>>
type FrozenSet = keyof typeof FROZEN_ORIGINS

const isFrozenSet = (name: string): name is FrozenSet => Object.hasOwn(FROZEN_ORIGINS, name)

/** @param source a set as the benches name it, with its file. @throws when it has none, naming those that have */
export function frozenOrigins(source: string): readonly string[] {
  const [set = ''] = source.split(/[=,]/)
  if (isFrozenSet(set)) return FROZEN_ORIGINS[set]
  throw new Error(`bench: ${set} has no frozen origins: only ${Object.keys(FROZEN_ORIGINS).join(', ')} have`)
}

/**
 * @param windows first and last day of each that would be looked at
 * @throws when one of them is frozen, with the fix
 */
export function refuseFrozen(set: string, windows: readonly { from: string; through: string }[]): void {
  if (!isFrozenSet(set)) return
  for (const origin of FROZEN_ORIGINS[set]) {
    const [first, last] = [addDays(origin, 1), addDays(origin, FROZEN_DAYS)]
    const seen = windows.find(({ from, through }) => from <= last && through >= first)
    if (seen === undefined) continue
    throw new Error(
      `bench: ${set} from ${seen.from} to ${seen.through} is frozen (${first} to ${last}): choose on other days, or report it with --frozen`,
    )
  }
}
