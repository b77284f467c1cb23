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

export interface Offset {
  /** `+02:00`, or `Z`. */
  text: string
  ms: number
}

/** The offsets of a time zone, by milliseconds since the epoch. */
export function offsetsOf(timeZone: string): (milliseconds: number) => Offset {
  const format = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' })
  return (milliseconds) => {
    const name = format.formatToParts(milliseconds).find(({ type }) => type === 'timeZoneName')?.value
    const [, sign, hours, minutes] = /^GMT([+-])(\d{2}):(\d{2})$/.exec(name ?? '') ?? []
    const ms = sign === undefined ? 0 : (Number(hours) * 60 + Number(minutes)) * 60_000
    if (ms === 0) return { text: 'Z', ms }
    return { text: `${sign}${hours}:${minutes}`, ms: sign === '-' ? -ms : ms }
  }
}

/** An instant with the offset of a time zone, RFC 3339: its first ten characters are the day there. */
export function instantIn(offsets: (milliseconds: number) => Offset, milliseconds: number): string {
  const { text, ms } = offsets(milliseconds)
  return `${new Date(milliseconds + ms).toISOString().slice(0, -1)}${text}`
}
