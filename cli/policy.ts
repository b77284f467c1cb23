import { createHash, randomUUID } from 'node:crypto'
import { userInfo } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'
import { type Command, Option } from 'commander'
import { replenishmentPolicy, shelfPolicy, warehousePolicy } from '../contracts/events.ts'
import { parseEvent } from '../contracts/parse.ts'
import { createKafka, createProducer } from '../platform/kafka/kafka.ts'
import { createLogger } from '../platform/log.ts'
import { inTransaction, type Pool, type PoolClient } from '../platform/postgres/postgres.ts'
import { statement } from '../platform/postgres/sql.ts'
import { loadSettings } from '../platform/settings/settings.ts'
import { parseChoice, parseCount } from './arguments.ts'
import { withPool } from './batch.ts'
import { print, printJson, printTable, UsageError } from './output.ts'

const kinds = ['shelf', 'warehouse', 'replenishment'] as const
type Kind = (typeof kinds)[number]

const topicOf = {
  shelf: 'shelf_policies',
  warehouse: 'warehouse_policies',
  replenishment: 'replenishment_policies',
} as const
type PolicyTopic = (typeof topicOf)[Kind]

/** The values that a policy of each kind may have: the fields of its contract. */
const valueNames = {
  shelf: [
    ...['restock_below', 'restock_to', 'refill_delay_seconds', 'hold_seconds', 'visit_seconds', 'near_expiry_days'],
    'markdown_percent',
  ],
  warehouse: ['reorder_point', 'order_up_to', 'lead_time_days', 'pack_size'],
  replenishment: [
    ...['method', 'service_target', 'service_measure', 'review_days', 'holding_rate_per_year', 'stock_out_cost_ratio'],
    ...['waste_cost_ratio', 'ordering_cost', 'budget_per_day', 'maximum_cover_days'],
  ],
} as const satisfies Record<Kind, readonly string[]>

const contracts = {
  shelf: shelfPolicy.properties,
  warehouse: warehousePolicy.properties,
  replenishment: replenishmentPolicy.properties,
}

/** What a policy of a kind is for, as a flag and as a field of its contract. */
const placeOf = { shelf: 'store', warehouse: 'warehouse', replenishment: 'location' } as const

/** Takes the value away, so that a wider policy or the default says it. */
const INHERIT = 'inherit'

export interface PolicyScope {
  kind: Kind
  /** A store for shelves, a warehouse for warehouses, either of them for replenishment. */
  place?: string | undefined
  category?: string | undefined
  product?: string | undefined
}

export interface PolicyChange extends PolicyScope {
  /** By the contract's names; `inherit` takes a value away. */
  values: Readonly<Record<string, string>>
  changedBy: string
  reason: string
}

/** A value that holds, and the policy that says so; null: the default. */
export interface PolicyValue {
  name: string
  value: string | null
  policy_id: string | null
  changed_by: string | null
  effective_at: Date | null
}

interface Flags {
  store?: string
  warehouse?: string
  location?: string
  category?: string
  product?: string
  reason?: string
  by?: string
  policy?: string
  limit: string
  json?: boolean
  [value: string]: string | boolean | undefined
}

export function register(program: Command): void {
  const policy = program.command('policy').description('the rules that shelves, warehouses and orders are run by')
  scoped(
    policy
      .command('get <kind>')
      .description('what holds, and which policy says so; kind: shelf, warehouse, replenishment'),
  )
    .addHelpText('after', '\nExample:\n  shelfline policy get shelf --store 367 --product 1029743')
    .action(get)
  withValues(scoped(policy.command('set <kind>').description('change a policy; "inherit" takes a value away')))
    .requiredOption('--reason <text>', 'why')
    .option('--by <name>', 'who wants it so; default: your login')
    .addHelpText(
      'after',
      '\nExample:\n  shelfline policy set shelf --category DAIRY --near-expiry-days 3 --reason "waste in May"',
    )
    .action(set)
  policy
    .command('history [kind]')
    .description('how policies were changed, the newest version first')
    .option('--policy <policy>', 'only this one')
    .option('--limit <versions>', 'at most so many', '50')
    .option('--json', 'print as JSON')
    .addHelpText('after', '\nExample:\n  shelfline policy history shelf --policy category=DAIRY')
    .action(history)
}

const scoped = (command: Command): Command =>
  command
    .option('--store <store>', 'for this store (shelf)')
    .option('--warehouse <warehouse>', 'for this warehouse (warehouse)')
    .option('--location <location>', 'for this warehouse, or store that no warehouse refills (replenishment)')
    .option('--category <category>', 'for this category')
    .option('--product <product>', 'for this product')
    .option('--json', 'print as JSON')

function withValues(command: Command): Command {
  for (const kind of kinds) {
    for (const name of valueNames[kind]) {
      const { description } = describe(kind, name)
      command.addOption(new Option(`--${name.replaceAll('_', '-')} <value>`, `${kind}: ${description}`))
    }
  }
  return command
}

/** An optional field is a union with null; its first branch says what it is. */
function describe(kind: Kind, name: string): { description: string; isWhole: boolean; words?: readonly string[] } {
  const field = (contracts[kind] as Record<string, unknown>)[name] as {
    anyOf: [{ description: string; kind: string; enum?: readonly string[] }]
  }
  const { description, kind: fieldKind, enum: words } = field.anyOf[0]
  return { description, isWhole: fieldKind === 'integer', ...(words && { words }) }
}

async function get(kindName: string, flags: Flags): Promise<void> {
  const scope = parseScope(kindName, flags)
  const values = await withPool(loadSettings(), async (pool) => {
    await refuseUnknown(pool, scope)
    return resolvePolicy(pool, scope)
  })
  if (flags.json) return printJson({ ...scope, values })
  showValues(scope.kind, values)
}

async function set(kindName: string, flags: Flags): Promise<void> {
  const scope = parseScope(kindName, flags)
  const change = {
    ...scope,
    values: parseValues(scope.kind, flags),
    reason: flags.reason!,
    changedBy: flags.by ?? login(),
  }
  const settings = loadSettings()
  const logger = createLogger({ logLevel: 'warn' }, 'cli')
  const values = await withPool(settings, async (pool) => {
    const message = await preparePolicy(pool, change)
    const producer = createProducer(createKafka(settings, 'shelfline-policy', logger))
    await producer.connect()
    try {
      const { topic, key, value, at } = message
      await producer.send({ topic, acks: -1, messages: [{ key, value, timestamp: String(at.getTime()) }] })
    } finally {
      await producer.disconnect()
    }
    await untilApplied(pool, message)
    return resolvePolicy(pool, scope)
  })
  if (flags.json) return printJson({ ...scope, values })
  showValues(scope.kind, values)
}

async function history(kindName: string | undefined, { policy, limit, json }: Flags): Promise<void> {
  const kind = kindName === undefined ? null : parseChoice('kind', kindName, kinds)
  const count = parseCount('--limit', limit)
  const versions = await withPool(loadSettings(), (pool) => policyHistory(pool, kind, policy ?? null, count))
  if (json) return printJson({ versions })
  if (versions.length === 0) return print('no policy was changed yet: the defaults hold (`shelfline policy get shelf`)')
  printTable(
    ['policy', 'version', 'changed', 'by', 'why', 'values'],
    versions.map(({ kind, policy_id, version, effective_at, changed_by, reason, values }) => [
      ...[`${kind} ${policy_id}`, version, instant(effective_at), changed_by, reason],
      Object.entries(values)
        .map(([name, value]) => `${name} ${value}`)
        .join(', '),
    ]),
  )
}

function parseScope(kindName: string, flags: Flags): PolicyScope {
  const kind = parseChoice('kind', kindName, kinds)
  const { category, product } = flags
  for (const other of kinds) {
    if (other !== kind && flags[placeOf[other]] !== undefined)
      throw new UsageError(`--${placeOf[other]} is for a ${other} policy; a ${kind} policy has --${placeOf[kind]}`)
  }
  if (category !== undefined && product !== undefined) {
    throw new UsageError('give --category or --product: a product has one category')
  }
  return { kind, place: flags[placeOf[kind]], category, product }
}

function parseValues(kind: Kind, flags: Flags): Record<string, string> {
  const flagOf = (name: string) => name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase())
  const given = (names: readonly string[]) =>
    names.flatMap((name): [string, string][] => {
      const value = flags[flagOf(name)]
      return typeof value === 'string' ? [[name, value]] : []
    })
  const own: readonly string[] = valueNames[kind]
  const foreign = given(kinds.flatMap((other) => valueNames[other])).filter(([name]) => !own.includes(name))
  if (foreign.length > 0)
    throw new UsageError(`--${foreign[0]![0].replaceAll('_', '-')} is no value of a ${kind} policy`)
  const values = given(valueNames[kind])
  if (values.length === 0) {
    throw new UsageError(
      `policy set ${kind}: which value? ${valueNames[kind].map((name) => `--${name.replaceAll('_', '-')}`).join(', ')}`,
    )
  }
  return Object.fromEntries(values)
}

/** What holds for a scope, by the names of the contract. */
export async function resolvePolicy(
  pool: Pick<PoolClient, 'query'>,
  { kind, place, category, product }: PolicyScope,
): Promise<PolicyValue[]> {
  const { rows } = await pool.query<PolicyValue>(statement('policies/resolve.sql'), [
    ...[kind, place ?? null, category ?? null, product ?? null, valueNames[kind]],
  ])
  return valueNames[kind].map((name) => rows.find((row) => row.name === name)!)
}

export interface PolicyVersion {
  kind: Kind
  policy_id: string
  version: number
  effective_at: Date
  changed_by: string
  reason: string
  /** What this version says; what it leaves to wider policies is not among it. */
  values: Record<string, number | string>
}

export async function policyHistory(
  pool: Pool,
  kind: Kind | null,
  policy: string | null,
  limit: number,
): Promise<PolicyVersion[]> {
  const { rows } = await pool.query<PolicyVersion>(statement('policies/history.sql'), [kind, policy, limit])
  return rows.map((row) => ({
    ...row,
    values: Object.fromEntries(
      valueNames[row.kind].filter((name) => row.values[name] !== null).map((name) => [name, row.values[name]!]),
    ),
  }))
}

export interface PolicyMessage {
  topic: PolicyTopic
  key: string
  value: string
  eventId: string
  /** What it is dated, in itself and in Kafka: simulated time when a simulation runs. */
  at: Date
}

/**
 * The record that makes the change: all that the policy of this scope said before, with the new values.
 *
 * @throws UsageError naming what is wrong: a store, category or product that nobody knows, a value that is no such value,
 *   values that can't hold together; then nothing was sent
 */
export async function preparePolicy(pool: Pool, change: PolicyChange): Promise<PolicyMessage> {
  const { kind, place, category, product, changedBy, reason } = change
  await refuseUnknown(pool, change)
  const known = await newestOf(pool, change)
  const at = await instantAfter(pool, known)
  const said = Object.fromEntries(valueNames[kind].map((name) => [name, known?.[name] ?? null]))
  const wanted = Object.fromEntries(
    Object.entries(change.values).map(([name, value]) => [name, parseValue(kind, name, value)]),
  )
  const event = {
    event_id: randomUUID(),
    source: 'shelfline policy set',
    schema_version: 1,
    event_at: at.toISOString(),
    policy_id: known?.policy_id ?? policyIdOf(change),
    [`${placeOf[kind]}_id`]: place ?? null,
    category: category ?? null,
    product_id: product ?? null,
    changed_by: changedBy,
    reason,
    ...asContract(kind, { ...said, ...wanted }),
  }
  const value = JSON.stringify(event)
  const topic = topicOf[kind]
  const parsed = parseEvent(topic, Buffer.from(value), at.getTime())
  if (!parsed.ok) throw new UsageError(`policy set: ${parsed.error}`)
  await rehearse(pool, change, value)
  return { topic, key: event.policy_id, value, eventId: event.event_id, at }
}

/** Now, by the business clock; of two versions the newer holds, so that a change is newer than what it changes. */
async function instantAfter(pool: Pool, known: KnownPolicy | undefined): Promise<Date> {
  const { rows } = await pool.query<{ now: Date }>('select ops.now() as now')
  return new Date(Math.max(rows[0]!.now.getTime(), (known?.effective_at.getTime() ?? 0) + 1))
}

const NUMBER = /^\d{1,12}(\.\d{1,6})?$/

function parseValue(kind: Kind, name: string, value: string): string | null {
  if (value === INHERIT) return null
  const flag = `--${name.replaceAll('_', '-')}`
  const { isWhole, words } = describe(kind, name)
  if (words !== undefined) {
    if (words.includes(value)) return value
    throw new UsageError(`${flag} ${value} is none of ${words.join(', ')}, nor "${INHERIT}"`)
  }
  if (!NUMBER.test(value)) throw new UsageError(`${flag} ${value} is not a number from 0 on, nor "${INHERIT}"`)
  if (isWhole && value.includes('.')) throw new UsageError(`${flag} ${value} is not a whole number`)
  return value
}

/** Counts are numbers in JSON, decimals are text. */
const asContract = (kind: Kind, values: Record<string, unknown>) =>
  Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      value === null ? null : describe(kind, name).isWhole ? Number(value) : String(value),
    ]),
  )

type KnownPolicy = { policy_id: string; effective_at: Date } & Record<string, unknown>

async function newestOf(pool: Pool, { kind, place, category, product }: PolicyScope): Promise<KnownPolicy | undefined> {
  const { rows } = await pool.query<KnownPolicy>(
    `select * from ref.policy_now where kind = $1 and place_id is not distinct from $2
       and category is not distinct from $3 and product_id is not distinct from $4`,
    [kind, place ?? null, category ?? null, product ?? null],
  )
  return rows[0]
}

const IDENTIFIER = /^[\x21-\x7e]{1,64}$/

/** Made from the scope, so that a person recognises it; a scope that makes no identifier becomes a hash. */
function policyIdOf({ kind, place, category, product }: PolicyScope): string {
  const parts = [
    ...(place === undefined ? [] : [`${placeOf[kind]}=${place}`]),
    ...(category === undefined ? [] : [`category=${category}`]),
    ...(product === undefined ? [] : [`product=${product}`]),
  ]
  const id = parts.join('/') || 'everything'
  return IDENTIFIER.test(id) ? id : createHash('md5').update(id).digest('hex')
}

const merges = {
  shelf: 'streams/merge_shelf_policies.sql',
  warehouse: 'streams/merge_warehouse_policies.sql',
  replenishment: 'streams/merge_replenishment_policies.sql',
} as const

class Rehearsed extends Error {}

/** Lets the database take the record in, as the stream will, looks at what would hold, and takes it back. */
async function rehearse(pool: Pool, change: PolicyChange, value: string): Promise<void> {
  try {
    await inTransaction(pool, async (client) => {
      await client
        .query(statement(merges[change.kind]), [`[${value}]`])
        .catch((error: Error & { constraint?: string }) => {
          throw new UsageError(`policy set: ${refusals[error.constraint ?? ''] ?? error.message}`)
        })
      const values = new Map((await resolvePolicy(client, change)).map(({ name, value }) => [name, value]))
      for (const [below, above] of pairs) {
        const [low, high] = [values.get(below) ?? null, values.get(above) ?? null]
        if (low !== null && high !== null && Number(low) >= Number(high)) {
          throw new UsageError(`policy set: ${below} would be ${low} and ${above} ${high}: it has to be less`)
        }
      }
      throw new Rehearsed()
    })
  } catch (error) {
    if (!(error instanceof Rehearsed)) throw error
  }
}

const pairs = [
  ['restock_below', 'restock_to'],
  ['reorder_point', 'order_up_to'],
  ['review_days', 'maximum_cover_days'],
] as const

const refusals: Record<string, string | undefined> = {
  policy_restock_below_check: 'restock_below is a part of the capacity, from 0 to 1',
  policy_restock_to_check: 'restock_to is a part of the capacity, from over 0 to 1',
  policy_refill_delay_seconds_check: 'refill_delay_seconds is from 0 to 604800 (a week)',
  policy_hold_seconds_check: 'hold_seconds is from 1 to 86400 (a day)',
  policy_visit_seconds_check: 'visit_seconds is from 60 to 86400 (a day)',
  policy_near_expiry_days_check: 'near_expiry_days is from 0 to 365',
  policy_markdown_percent_check: 'markdown_percent is from 0 to 100',
  policy_lead_time_days_check: 'lead_time_days is from 0 to 365',
  policy_pack_size_check: 'pack_size is more than 0',
  policy_order_up_to_check: 'order_up_to is more than 0',
  policy_service_target_check: 'service_target is between 0 and 1, and neither',
  policy_review_days_check: 'review_days is from 1 to 90',
  policy_holding_rate_per_year_check: 'holding_rate_per_year is from 0 to 10, e.g. 0.2',
  policy_stock_out_cost_ratio_check: 'stock_out_cost_ratio is from 0 to 100',
  policy_waste_cost_ratio_check: 'waste_cost_ratio is from 0 to 100',
  policy_maximum_cover_days_check: 'maximum_cover_days is from 1 to 730',
  a_budget_is_of_a_place: 'budget_per_day is of a location or of all, not of a category or product',
  a_cover_outlasts_the_review: 'review_days has to be less than maximum_cover_days',
  a_restock_fills: 'restock_below has to be less than restock_to',
  an_order_fills: 'reorder_point has to be less than order_up_to',
}

async function refuseUnknown(pool: Pool, { kind, place, category, product }: PolicyScope): Promise<void> {
  const { rows } = await pool.query<{ kind: string; name: string }>(statement('policies/unknown_scope.sql'), [
    kind === 'shelf' ? (place ?? null) : null,
    kind === 'warehouse' ? (place ?? null) : null,
    category ?? null,
    product ?? null,
    kind === 'replenishment' ? (place ?? null) : null,
  ])
  if (rows.length === 0) return
  throw new UsageError(`policy: ${rows.map(({ kind, name }) => `${kind} "${name}"`).join(', ')} unknown`)
}

const APPLIED_WITHIN_MS = 30_000
const POLL_MS = 100

/** @throws when no stream worker has applied the record within 30 s, or one has refused it */
export async function untilApplied(pool: Pool, { eventId, topic }: PolicyMessage): Promise<void> {
  const deadline = performance.now() + APPLIED_WITHIN_MS
  for (;;) {
    const { rows } = await pool.query<{ applied: boolean; refused: string | null }>(
      `select exists (select from ref.policy where event_id = $1) as applied,
         (select error from ops.dead_letters where topic = $2 and status = 'open'
            and convert_from(payload, 'UTF8') like '%' || $1 || '%' order by letter_id desc limit 1) as refused`,
      [eventId, topic],
    )
    if (rows[0]!.applied) return
    if (rows[0]!.refused !== null) throw new Error(`policy set: refused: ${rows[0]!.refused}`)
    if (performance.now() > deadline) {
      throw new Error(
        `policy set: sent, but not applied within ${APPLIED_WITHIN_MS / 1000} s; \`shelfline worker stream\` applies it, \`shelfline streams status\` shows what runs`,
      )
    }
    await pause(POLL_MS)
  }
}

function showValues(kind: Kind, values: readonly PolicyValue[]): void {
  printTable(
    ['value', 'holds', 'by', 'meaning'],
    values.map(({ name, value, policy_id, changed_by, effective_at }) => [
      name,
      value ?? WITHOUT_VALUE[kind],
      policy_id === null ? 'default' : `${policy_id} (${changed_by}, ${instant(effective_at!)})`,
      describe(kind, name).description,
    ]),
  )
}

/** What it means that even the default says nothing. */
const WITHOUT_VALUE = { shelf: 'none', warehouse: 'from the shelves', replenishment: 'no bound' } as const

const instant = (at: Date): string => at.toISOString().slice(0, 16).replace('T', ' ')

const login = (): string => userInfo().username
