/** Policies: the rules that shelves, warehouses and orders are run by. A change is an event, as every change of master data is. */

import { createHash, randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { replenishmentPolicy, shelfPolicy, warehousePolicy } from '../../contracts/events.ts'
import { isIdentifier } from '../../contracts/fields.ts'
import { parseEvent } from '../../contracts/parse.ts'
import type { MessageProducer } from '../../platform/kafka/kafka.ts'
import { type Pool, type PoolClient, rehearse } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'
import type { Actor } from '../access/actor.ts'
import { ConflictError, InvalidError, UnavailableError } from '../errors.ts'
import { keyBefore, limitOf, type Page, type PageRequest, pageOf } from '../pages.ts'

export const policyKinds = ['shelf', 'warehouse', 'replenishment'] as const
export type PolicyKind = (typeof policyKinds)[number]

const topicOf = {
  shelf: 'shelf_policies',
  warehouse: 'warehouse_policies',
  replenishment: 'replenishment_policies',
} as const

/** The values that a policy of each kind may have: the fields of its contract. */
export const policyValues = {
  shelf: [
    'restock_below',
    'restock_to',
    'refill_delay_seconds',
    'hold_seconds',
    'visit_seconds',
    'near_expiry_days',
    'markdown_percent',
    'markdown_method',
    'markdown_percent_max',
    'markdown_approval_percent',
    'expiry_cost_percent',
  ],
  warehouse: ['reorder_point', 'order_up_to', 'lead_time_days', 'pack_size'],
  replenishment: [
    'method',
    'service_target',
    'service_measure',
    'review_days',
    'holding_rate_per_year',
    'stock_out_cost_ratio',
    'waste_cost_ratio',
    'ordering_cost',
    'budget_per_day',
    'maximum_cover_days',
  ],
} as const satisfies Record<PolicyKind, readonly string[]>

const contracts = {
  shelf: shelfPolicy.properties,
  warehouse: warehousePolicy.properties,
  replenishment: replenishmentPolicy.properties,
}

/** What a policy of a kind is for, as a flag and as a field of its contract. */
export const placeOf = { shelf: 'store', warehouse: 'warehouse', replenishment: 'location' } as const

/** As a value: takes the value away, so that a wider policy or the default has it. */
export const INHERIT = 'inherit'

export interface PolicyScope {
  kind: PolicyKind
  /** A store for shelves, a warehouse for warehouses, either of them for replenishment. */
  place?: string | undefined
  category?: string | undefined
  product?: string | undefined
}

export interface PolicyChange extends PolicyScope {
  /** By the contract's names; `inherit` takes a value away. What is left out stays. */
  values: Readonly<Record<string, string>>
  by: Actor
  why: string
}

/** A value that holds, and the policy that has it; null: the default. */
export interface PolicyValue {
  name: string
  value: string | null
  policy_id: string | null
  changed_by: string | null
  effective_at: Date | null
}

export interface PolicyField {
  description: string
  isWhole: boolean
  /** What it may be, where it is not a number. */
  words?: readonly string[]
}

/** What a value is. An optional field is a union with null; its first branch describes it. */
export function policyField(kind: PolicyKind, name: string): PolicyField {
  const field = (contracts[kind] as Record<string, unknown>)[name] as {
    anyOf: [{ description: string; kind: string; enum?: readonly string[] }]
  }
  const { description, kind: fieldKind, enum: words } = field.anyOf[0]
  return { description, isWhole: fieldKind === 'integer', ...(words && { words }) }
}

/**
 * What holds for a scope, by the names of the contract.
 *
 * @throws InvalidError when its place, category or product is unknown
 */
export async function readPolicy(pool: Pool, scope: PolicyScope): Promise<PolicyValue[]> {
  await requireScope(pool, scope)
  return resolve(pool, scope)
}

async function resolve(
  pool: Pick<PoolClient, 'query'>,
  { kind, place, category, product }: PolicyScope,
): Promise<PolicyValue[]> {
  const names = policyValues[kind]
  const values = [kind, place ?? null, category ?? null, product ?? null, names]
  const { rows } = await pool.query<PolicyValue>(statement('policies/resolve.sql'), values)
  return names.map((name) => rows.find((row) => row.name === name)!)
}

export interface PolicyVersion {
  kind: PolicyKind
  policy_id: string
  version: number
  effective_at: Date
  changed_by: string
  reason: string
  /** What this version has; what it leaves to wider policies is not among it. */
  values: Record<string, number | string>
}

export interface HistoryFilter extends PageRequest {
  kind?: PolicyKind
  policy?: string
}

/** How policies were changed, the newest version first. */
export async function listPolicyVersions(pool: Pool, filter: HistoryFilter = {}): Promise<Page<PolicyVersion>> {
  const { kind, policy } = filter
  const limit = limitOf(filter)
  const { rows } = await pool.query<PolicyVersion & { place: string[] }>(statement('policies/history.sql'), [
    kind ?? null,
    policy ?? null,
    limit + 1,
    ...keyBefore(filter, ['timestamptz', 'text']),
  ])
  const { items, next } = pageOf(rows, limit, ({ place }) => place)
  return { items: items.map(({ place, ...version }) => ({ ...version, values: own(version) })), next }
}

const own = ({ kind, values }: PolicyVersion): PolicyVersion['values'] =>
  Object.fromEntries(policyValues[kind].filter((name) => values[name] !== null).map((name) => [name, values[name]!]))

export interface PolicyDependencies {
  pool: Pool
  /** Connected. */
  producer: Pick<MessageProducer, 'send'>
}

/**
 * Changes a policy, and waits until it holds.
 *
 * @returns what holds for its scope then
 * @throws InvalidError naming what is wrong: an unknown store, category or product, an impossible value, values that can't hold
 *   together; nothing was sent
 * @throws UnavailableError when no stream worker has applied it within 30 s; it may still be applied
 */
export async function setPolicy({ pool, producer }: PolicyDependencies, change: PolicyChange): Promise<PolicyValue[]> {
  const { message } = await preparePolicy(pool, change)
  const { topic, key, value, at } = message
  await producer.send({ topic, acks: -1, messages: [{ key, value, timestamp: String(at.getTime()) }] })
  await untilApplied(pool, message)
  return resolve(pool, change)
}

export interface PolicyMessage {
  topic: (typeof topicOf)[PolicyKind]
  key: string
  value: string
  eventId: string
  /** What it is dated, in itself and in Kafka: simulated time when a simulation runs. */
  at: Date
}

export interface PreparedPolicy {
  /** The record that makes the change: all values of the policy of this scope, with the new ones. */
  message: PolicyMessage
  /** What would hold for the scope. */
  values: PolicyValue[]
}

/**
 * Checks a change as `setPolicy` does, without making it.
 *
 * @throws InvalidError as `setPolicy`
 */
export async function preparePolicy(pool: Pool, change: PolicyChange): Promise<PreparedPolicy> {
  const { kind, place, category, product, by, why } = change
  if (category !== undefined && product !== undefined) {
    throw new InvalidError('category and product cannot both be given', {
      fix: 'give one: a product has one category',
    })
  }
  if (Object.keys(change.values).length === 0) {
    throw new InvalidError('no value is given', { fix: `give some of ${policyValues[kind].join(', ')}` })
  }
  await requireScope(pool, change)
  const known = await newestOf(pool, change)
  const at = await instantAfter(pool, known)
  const present = Object.fromEntries(policyValues[kind].map((name) => [name, known?.[name] ?? null]))
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
    changed_by: by,
    reason: why,
    ...asContract(kind, { ...present, ...wanted }),
  }
  const value = JSON.stringify(event)
  const topic = topicOf[kind]
  const parsed = parseEvent(topic, Buffer.from(value), at.getTime())
  if (!parsed.ok) throw new InvalidError(parsed.error)
  const values = await tried(pool, change, value)
  return { message: { topic, key: event.policy_id, value, eventId: event.event_id, at }, values }
}

/** Now, by the business clock; of two versions the newer holds, so that a change is newer than what it changes. */
async function instantAfter(pool: Pool, known: KnownPolicy | undefined): Promise<Date> {
  const { rows } = await pool.query<{ now: Date }>('select ops.now() as now')
  return new Date(Math.max(rows[0]!.now.getTime(), (known?.effective_at.getTime() ?? 0) + 1))
}

const NUMBER = /^\d{1,12}(\.\d{1,6})?$/

function parseValue(kind: PolicyKind, name: string, value: string): string | null {
  if (!(policyValues[kind] as readonly string[]).includes(name)) {
    throw new InvalidError(`is not a value of a ${kind} policy`, {
      field: name,
      fix: `use ${policyValues[kind].join(', ')}`,
    })
  }
  if (value === INHERIT) return null
  const { isWhole, words } = policyField(kind, name)
  const problem =
    words !== undefined
      ? !words.includes(value) && `is not one of ${words.join(', ')}, or "${INHERIT}"`
      : !NUMBER.test(value)
        ? `is not a number from 0, or "${INHERIT}"`
        : isWhole && value.includes('.') && 'is not a whole number'
  if (problem) throw new InvalidError(problem, { field: name, value })
  return value
}

/** Counts are numbers in JSON, decimals are text. */
const asContract = (kind: PolicyKind, values: Record<string, unknown>) =>
  Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      value === null ? null : policyField(kind, name).isWhole ? Number(value) : String(value),
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

/** Made from the scope, so that a person recognises it; a scope that makes no identifier becomes a hash. */
function policyIdOf({ kind, place, category, product }: PolicyScope): string {
  const parts = [
    ...(place === undefined ? [] : [`${placeOf[kind]}=${place}`]),
    ...(category === undefined ? [] : [`category=${category}`]),
    ...(product === undefined ? [] : [`product=${product}`]),
  ]
  const id = parts.join('/') || 'everything'
  return isIdentifier(id) ? id : createHash('md5').update(id).digest('hex')
}

const merges = {
  shelf: 'streams/merge_shelf_policies.sql',
  warehouse: 'streams/merge_warehouse_policies.sql',
  replenishment: 'streams/merge_replenishment_policies.sql',
} as const

/** Lets the database apply the record, as the stream will, looks at what would be then, and rolls it back. */
const applied = <Result>(
  pool: Pool,
  change: PolicyChange,
  value: string,
  look: (client: PoolClient, values: PolicyValue[]) => Promise<Result>,
): Promise<Result> =>
  rehearse(pool, async (client) => {
    await client
      .query(statement(merges[change.kind]), [`[${value}]`])
      .catch((error: Error & { constraint?: string }) => {
        throw new InvalidError(refusals[error.constraint ?? ''] ?? error.message)
      })
    const values = await resolve(client, change)
    requireOrder(values)
    return look(client, values)
  })

const tried = (pool: Pool, change: PolicyChange, value: string): Promise<PolicyValue[]> =>
  applied(pool, change, value, async (_, values) => values)

/** How many shelves, products of warehouses or products of locations have a value. */
export interface PolicySpread {
  name: string
  /** Null: no policy has one. */
  value: string | null
  items: number
}

export interface PolicyPreview {
  /** What holds for the scope, and what would hold. */
  before: PolicyValue[]
  after: PolicyValue[]
  /** Of the values that the change names, over the whole chain. */
  spreadBefore: PolicySpread[]
  spreadAfter: PolicySpread[]
  /** Shelves that are below their restock line, and would be; null where the change is of another kind. */
  dueBefore: number | null
  dueAfter: number | null
}

/** What a change would do, without making it. @throws InvalidError as `setPolicy` */
export async function previewPolicy(pool: Pool, change: PolicyChange): Promise<PolicyPreview> {
  const { message } = await preparePolicy(pool, change)
  const names = Object.keys(change.values)
  const spread = async (client: Pick<PoolClient, 'query'>) =>
    (await client.query<PolicySpread>(statement('policies/spread.sql'), [change.kind, names])).rows
  const due = async (client: Pick<PoolClient, 'query'>) =>
    change.kind === 'shelf'
      ? (await client.query<{ shelves: number }>(statement('policies/due.sql'))).rows[0]!.shelves
      : null
  const [before, spreadBefore, dueBefore] = [await resolve(pool, change), await spread(pool), await due(pool)]
  return applied(pool, change, message.value, async (client, after) => ({
    before,
    after,
    spreadBefore,
    spreadAfter: await spread(client),
    dueBefore,
    dueAfter: await due(client),
  }))
}

function requireOrder(values: readonly PolicyValue[]): void {
  const held = (wanted: string) => values.find(({ name }) => name === wanted)?.value ?? null
  for (const [below, above] of pairs) {
    const [low, high] = [held(below), held(above)]
    if (low === null || high === null || Number(low) < Number(high)) continue
    throw new InvalidError(`${below} would be ${low} and ${above} ${high}`, { fix: 'the first must be less' })
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
  policy_markdown_percent_max_check: 'markdown_percent_max is from 0 to 95',
  policy_markdown_approval_percent_check: 'markdown_approval_percent is from 0 to 100',
  policy_expiry_cost_percent_check: 'expiry_cost_percent is from 0 to 1000',
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
  a_cover_outlasts_the_review: 'review_days must be less than maximum_cover_days',
  a_restock_fills: 'restock_below must be less than restock_to',
  an_order_fills: 'reorder_point must be less than order_up_to',
}

async function requireScope(pool: Pool, { kind, place, category, product }: PolicyScope): Promise<void> {
  const { rows } = await pool.query<{ kind: string; name: string }>(statement('policies/unknown_scope.sql'), [
    kind === 'shelf' ? (place ?? null) : null,
    kind === 'warehouse' ? (place ?? null) : null,
    category ?? null,
    product ?? null,
    kind === 'replenishment' ? (place ?? null) : null,
  ])
  if (rows.length === 0) return
  throw new InvalidError(`unknown ${rows.map(({ kind, name }) => `${kind} "${name}"`).join(', ')}`, {
    fix: 'use what the catalogues and shelf_profiles have',
  })
}

const APPLIED_WITHIN_MS = 30_000
const POLL_MS = 100

/** @throws UnavailableError when no stream worker has applied the record within 30 s, ConflictError when one has rejected it */
async function untilApplied(pool: Pool, { eventId, topic }: PolicyMessage): Promise<void> {
  const deadline = performance.now() + APPLIED_WITHIN_MS
  for (;;) {
    const { rows } = await pool.query<{ applied: boolean; rejected: string | null }>(
      statement('policies/applied.sql'),
      [eventId, topic],
    )
    if (rows[0]!.applied) return
    if (rows[0]!.rejected !== null) throw new ConflictError(`the policy was rejected: ${rows[0]!.rejected}`)
    if (performance.now() > deadline) {
      throw new UnavailableError(`the policy was sent, but not applied within ${APPLIED_WITHIN_MS / 1000} s`, {
        fix: '`shelfline worker stream` applies it, `shelfline streams status` shows what runs',
      })
    }
    await pause(POLL_MS)
  }
}
