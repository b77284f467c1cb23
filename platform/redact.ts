/** What replaces a secret. */
const REDACTED = '[redacted]'

/** A shorter secret would be found inside ordinary words; it is still cut out of URLs and `password=…`. */
const LENGTH_MIN = 6

/** `scheme://user:password@`: bounded, so that a long text is searched once. */
const URL_PASSWORD = /\b([a-z][a-z0-9+.-]{0,20}:\/\/[^\s:/@'"]{0,200}:)[^\s@'"]{1,500}@/gi
/** `password=…` in libpq's connection strings and `password '…'` in statements; never beyond a string of JSON. */
const NAMED_PASSWORD = /\b(password\s?=\s?|password (?='))('(?:[^'"\\]|\\.|''){0,500}'|[^\s,;)'"\\]{1,500})/gi

const CAUSES_MAX = 10

const known = new Set<string>()
let pattern: RegExp | undefined

/**
 * Makes `redact` know these values in this process, as they are, in a URL and in JSON. Loading the settings does it for
 * every setting that is a secret.
 */
export function protectSecrets(values: Iterable<string>): void {
  const before = known.size
  for (const value of values) {
    if (value.length < LENGTH_MIN) continue
    for (const form of [value, encodeURIComponent(value), JSON.stringify(value).slice(1, -1)]) known.add(form)
  }
  if (known.size === before) return
  // The longest first: a secret may be a part of another.
  const longestFirst = [...known].sort((one, other) => other.length - one.length)
  pattern = new RegExp(longestFirst.map((value) => value.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')).join('|'), 'g')
}

/** A text without the secrets of the settings and without passwords in URLs and connection strings. */
export function redact(text: string): string {
  const withoutKnown = pattern === undefined ? text : text.replace(pattern, REDACTED)
  const withoutUrls = withoutKnown.includes('://') ? withoutKnown.replace(URL_PASSWORD, `$1${REDACTED}@`) : withoutKnown
  return /password/i.test(withoutUrls) ? withoutUrls.replace(NAMED_PASSWORD, `$1${REDACTED}`) : withoutUrls
}

/** Redacts the message and the stack of an error and of what caused it, in place: its class and its fields stay. */
export function redactError<Thrown>(error: Thrown): Thrown {
  let at: unknown = error
  for (let depth = 0; at instanceof Error && depth < CAUSES_MAX; depth += 1) {
    at.message = redact(at.message)
    if (at.stack !== undefined) at.stack = redact(at.stack)
    at = at.cause
  }
  return error
}
