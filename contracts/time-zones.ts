/** Names of time zones, apart from the contracts: settings have one, and every command reads settings. */

/** `UTC` or an area and a location. `SystemV` is an area of JavaScript's own. */
export const TIME_ZONE_PATTERN = '^(?=.{1,61}$)(UTC|(?!SystemV/)[A-Z][\\w-]*(/[A-Z][\\w+-]*)+)$'

/** Whether a name means the same to PostgreSQL, DuckDB and JavaScript. */
export function isTimeZone(name: string): boolean {
  if (!new RegExp(TIME_ZONE_PATTERN).test(name)) return false
  try {
    const resolved = new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone
    // An older name of the same zone is valid. A name that differs only in case is not: DuckDB does not find it.
    return resolved === name || resolved.toLowerCase() !== name.toLowerCase()
  } catch {
    return false
  }
}
