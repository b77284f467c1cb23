/** Numbers, money and times in the reader's locale. Decimals come as text and are never rounded on the way. */

/** `en-GB`, from the browser's wishes; what is no locale is passed over. */
export function localeOf(acceptLanguage: string | undefined): string {
  const wished = (acceptLanguage ?? '').split(',').map((part) => part.split(';')[0]!.trim())
  return wished.find((tag) => tag !== '' && tag !== '*' && isLocale(tag)) ?? 'en-GB'
}

function isLocale(tag: string): boolean {
  try {
    return Intl.NumberFormat.supportedLocalesOf(tag).length > 0
  } catch {
    return false
  }
}

const formats = new Map<string, Intl.NumberFormat>()
const FORMATS_MAX = 500

function numberFormat(locale: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = `${locale} ${JSON.stringify(options)}`
  const known = formats.get(key)
  if (known !== undefined) return known
  if (formats.size >= FORMATS_MAX) formats.clear()
  const format = new Intl.NumberFormat(locale, options)
  formats.set(key, format)
  return format
}

export type Decimal = number | string

export const formatNumber = (locale: string, value: Decimal, digits = 0): string =>
  numberFormat(locale, { maximumFractionDigits: digits }).format(value as number)

/** Without pennies from a thousand on: there they only make it harder to read. */
export function formatMoney(locale: string, value: Decimal, currency: string | null): string {
  const digits = Math.abs(Number(value)) >= 1_000 ? 0 : 2
  const options = { minimumFractionDigits: digits, maximumFractionDigits: digits }
  if (currency === null || !/^[A-Z]{3}$/.test(currency)) return numberFormat(locale, options).format(value as number)
  return numberFormat(locale, { style: 'currency', currency, ...options }).format(value as number)
}

export const formatPercent = (locale: string, share: number, digits = 0): string =>
  numberFormat(locale, { style: 'percent', maximumFractionDigits: digits }).format(share)

const BYTES = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const

/** `4.2 MB`. */
export function formatBytes(locale: string, bytes: number): string {
  const step = Math.min(BYTES.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, bytes)) / 3)))
  const options = { style: 'unit', unit: BYTES[step]!, unitDisplay: 'short', maximumFractionDigits: 1 } as const
  return numberFormat(locale, options).format(bytes / 1_000 ** step)
}

/** `2 hr, 5 min`: its two largest units. */
export function formatDuration(locale: string, milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1_000)
  const parts = [
    [Math.floor(seconds / 3_600), 'hour'],
    [Math.floor((seconds % 3_600) / 60), 'minute'],
    [seconds % 60, 'second'],
  ] as const
  const first = parts.findIndex(([amount]) => amount > 0)
  const shown = first < 0 ? [[milliseconds / 1_000, 'second'] as const] : parts.slice(first, first + 2)
  return shown
    .filter(([amount], index) => amount > 0 || index === 0)
    .map(([amount, unit]) =>
      numberFormat(locale, { style: 'unit', unit, unitDisplay: 'short', maximumFractionDigits: 1 }).format(amount),
    )
    .join(' ')
}

/** `Sat 28 Nov`, of a day YYYY-MM-DD. */
export const formatDay = (locale: string, day: string): string =>
  dateText(locale, new Date(`${day}T12:00:00Z`), 'UTC', { weekday: 'short', day: 'numeric', month: 'short' })

/** `28 Nov, 18:05` on the clock of the zone. */
export const formatInstant = (locale: string, instant: Date | string, timeZone: string): string =>
  dateText(locale, new Date(instant), timeZone, { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' })

function dateText(locale: string, date: Date, timeZone: string, options: Intl.DateTimeFormatOptions): string {
  return date.toLocaleString(locale, { timeZone, ...options })
}

/** `3 h ago`. */
export function formatAge(locale: string, since: Date | string, now = Date.now()): string {
  const seconds = (new Date(since).getTime() - now) / 1000
  const [size, unit] = units.find(([size]) => Math.abs(seconds) >= size) ?? [1, 'second']
  const format = new Intl.RelativeTimeFormat(locale, { style: 'narrow', numeric: 'always' })
  return format.format(Math.trunc(seconds / size), unit)
}

const units: readonly [number, Intl.RelativeTimeFormatUnit][] = [
  [86_400, 'day'],
  [3_600, 'hour'],
  [60, 'minute'],
]
