/**
 * What keeps a statement from being one for DuckDB and Spark (docs/engines.md), as far as its text shows it: DuckDB's parser has
 * read it before. A function is in the list when both have it under the name, or `spark-engine.ts` defines it there.
 */
import { matchesGlob } from 'node:path'

/** What either engine runs. */
const BOTH = [
  'cleansed/{cleanse_*,count_raw,link_returns,read_raw}.sql',
  'features/daily_sales.sql',
  'predictions/stage_{fact_forecast,forecast_accuracy}.sql',
  'star/stage_!(inventory).sql',
]

/** @param file below `sql/` */
export const isForBoth = (file: string): boolean => BOTH.some((glob) => matchesGlob(file, glob))

/** With the same result on both, for the values that assets have. */
export const SAME_FUNCTIONS: ReadonlySet<string> = new Set([
  'abs',
  'bool_or',
  'coalesce',
  'count',
  'datediff',
  'day',
  'floor',
  'greatest',
  'if',
  'isodow',
  'least',
  'left',
  'lower',
  'max',
  'md5',
  'min',
  'month',
  'nullif',
  'rank',
  'round',
  'row_number',
  'substr',
  'sum',
  'time_bucket',
  'timezone',
  'to_hours',
  'trim',
  'upper',
  'year',
])

const SAME_TYPES = new Set([
  'bigint',
  'boolean',
  'date',
  'decimal',
  'double',
  'float',
  'integer',
  'string',
  'timestamp',
])

/** Words before a parenthesis that are no functions. */
const WORDS = new Set(
  'all and as by case distinct else except exists filter from having in intersect join not on or over select set then union using values when where with'.split(
    ' ',
  ),
)

const REFUSED: readonly [pattern: RegExp, fix: string][] = [
  [/(?<=^|;|\(|\bas)\s*\bfrom\b/, '`from` without `select`: name the columns'],
  [/\bby\s+name\b/, '`by name`: put the columns in order'],
  [/\border\s+by\s+all\b/, '`order by all`: name the columns'],
  [/\bdistinct\s+on\b/, '`distinct on`: number the rows with row_number()'],
  [/\basof\b/, '`asof join`: join and number the rows with row_number()'],
  [/\bqualify\b/, '`qualify`: filter a subquery'],
  [/\bpositional\s+join\b/, '`positional join`: join by a key'],
  [/\*\s*exclude\b/, '`exclude`: name the columns'],
  [/:=/, '`:=`: give arguments by their place'],
  [/\/\//, '`//`: use floor()'],
  [/[[\]]/, 'a list or a structure: number the rows with row_number()'],
]

/** @param text with its placeholders filled in @returns each with its line, from 1 */
export function problemsOnSpark(text: string): { line: number; what: string }[] {
  const plain = text
    .replaceAll(/--.*$/gm, '')
    .replaceAll(/'(?:[^']|'')*'|"[^"]*"/g, (quoted) => quoted.replaceAll(/[^\n]/g, '_'))
  const at = (index: number, what: string) => ({
    line: plain.slice(0, index).split('\n').length,
    what: `Spark: ${what} (docs/engines.md)`,
  })
  const called = [...plain.matchAll(/(?<!\bas\s+|::)\b([a-z_]\w*)\s*\(/g)]
    .filter(([, name]) => !WORDS.has(name!) && !SAME_FUNCTIONS.has(name!) && !SAME_TYPES.has(name!))
    .map(({ 1: name, index }) => at(index, `${name}() is in no list of functions that both engines have`))
  const cast = [...plain.matchAll(/::\s*([a-z_]\w*)/g)]
    .filter(([, type]) => !SAME_TYPES.has(type!))
    .map(({ 1: type, index }) => at(index, `the type ${type} is not the same on both engines`))
  const refused = REFUSED.flatMap(([pattern, fix]) =>
    [...plain.matchAll(new RegExp(pattern, 'g'))].map(({ 0: found, index }) =>
      at(index + found.length - found.trimStart().length, fix),
    ),
  )
  return [...called, ...cast, ...refused].sort((one, other) => one.line - other.line)
}
