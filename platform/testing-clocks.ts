/** What clocks show, by the platform's own zone data and by looking at every quarter of an hour: tests hold SQL against it. */
import { addDays, DAY_MS } from '../contracts/calendar.ts'

const QUARTER_MS = 15 * 60_000

/** By zone what its clocks show; the same quarters are looked at hundreds of times. */
const clocks = new Map<string, { format: Intl.DateTimeFormat; shown: Map<number, number> }>()

function clockOf(zone: string) {
  const known = clocks.get(zone)
  if (known !== undefined) return known
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' })
  const clock = { format, shown: new Map<number, number>() }
  clocks.set(zone, clock)
  return clock
}

/** What a clock in the zone shows at an instant, as if that were UTC: its difference from the instant is the offset. */
export function shownMs(atMs: number, zone: string): number {
  const { format, shown } = clockOf(zone)
  const known = shown.get(atMs)
  if (known !== undefined) return known
  const localMs = Date.parse(`${format.format(atMs).replace(' ', 'T')}Z`)
  shown.set(atMs, localMs)
  return localMs
}

/** YYYY-MM-DDTHH:MM */
export const shown = (atMs: number, zone: string): string => new Date(shownMs(atMs, zone)).toISOString().slice(0, 16)

export interface ClockChange {
  zone: string
  /** The local day, YYYY-MM-DD; for the names of tests. */
  day: string
  /** The first instant by the new offset. */
  atMs: number
  /** Minutes by which the clock is put forward; negative: back. */
  minutes: number
}

/** Every change of a zone's clock in the years. */
export function clockChanges(zone: string, years: readonly number[]): ClockChange[] {
  const offset = (atMs: number) => shownMs(atMs, zone) - atMs
  return years.flatMap((year) => {
    const changes: ClockChange[] = []
    for (let dayMs = Date.UTC(year, 0); dayMs < Date.UTC(year + 1, 0); dayMs += DAY_MS) {
      if (offset(dayMs) === offset(dayMs + DAY_MS)) continue
      let atMs = dayMs + QUARTER_MS
      while (offset(atMs) === offset(dayMs)) atMs += QUARTER_MS
      const minutes = (offset(atMs) - offset(dayMs)) / 60_000
      changes.push({ zone, day: shown(atMs, zone).slice(0, 10), atMs, minutes })
    }
    return changes
  })
}

/** Half an hour in Lord Howe; at midnight in São Paulo, which has changed no clock since 2019. */
export const changesOfTwoYears: readonly ClockChange[] = [
  ...['Europe/London', 'America/New_York', 'Australia/Lord_Howe'].flatMap((zone) => clockChanges(zone, [2025, 2026])),
  ...clockChanges('America/Sao_Paulo', [2018, 2019, 2025, 2026]),
]

/**
 * The first instant at which a clock shows a time; of a time that it leaves out, as much later as it is put forward (RFC 5545).
 *
 * @param local YYYY-MM-DDTHH:MM, a quarter of an hour
 */
export function firstShown(local: string, zone: string): number {
  const wantedMs = Date.parse(`${local}Z`)
  for (let atMs = wantedMs - DAY_MS; atMs <= wantedMs + DAY_MS; atMs += QUARTER_MS) {
    if (shownMs(atMs, zone) === wantedMs) return atMs
    const beforeMs = shownMs(atMs - QUARTER_MS, zone)
    if (beforeMs < wantedMs && shownMs(atMs, zone) > wantedMs) return atMs - QUARTER_MS + (wantedMs - beforeMs)
  }
  throw new Error(`no clock in ${zone} shows ${local}`)
}

/** The day this many days later, YYYY-MM-DD. */
export const dayAfter = (day: string, days = 1): string => addDays(day, days)

export interface ShownHour {
  /** Where it would begin if the offset of its first minute held for the whole of it: as sales windows have it. */
  startMs: number
  /** The first and the last quarter of an hour that a clock showed of it; the whole hour: 45 minutes apart. */
  firstMs: number
  lastMs: number
  /** YYYY-MM-DDTHH:00 */
  local: string
}

/** The hours that a clock shows between two instants, counted quarter by quarter; those at the ends may be cut. */
export function hoursShown(fromMs: number, untilMs: number, zone: string): ShownHour[] {
  const hours: ShownHour[] = []
  for (let atMs = fromMs; atMs < untilMs; atMs += QUARTER_MS) {
    const localMs = shownMs(atMs, zone)
    const startMs = atMs - (localMs % (4 * QUARTER_MS))
    const last = hours.at(-1)
    if (last?.startMs === startMs) last.lastMs = atMs
    else
      hours.push({ startMs, firstMs: atMs, lastMs: atMs, local: `${new Date(localMs).toISOString().slice(0, 13)}:00` })
  }
  return hours
}
