/**
 * Where ids of customers become pseudonyms, or are left out: between reading messages and whatever is made of them. What Shelfline
 * keeps of a valid event has the pseudonym at most.
 */
import { fieldsOf } from '../../contracts/avro.ts'
import { type TopicName, topicNames, topics } from '../../contracts/topics.ts'
import type { Pool } from '../../platform/postgres/postgres.ts'
import type { Vault } from '../../platform/vault.ts'
import { addKeys, type CustomerKey, type KeySource, type KnownKeys, openDoorKey, readKeys } from './customer-keys.ts'
import { dayPseudonym, lookupOf, pseudonymOf } from './pseudonyms.ts'

export interface CustomerDoor {
  /** Replaces the ids of customers in events of a topic, in place. The events have kept their contract. */
  pass(topic: TopicName, events: readonly object[]): Promise<void>
}

const customerFields: ReadonlyMap<TopicName, readonly string[]> = new Map(
  topicNames.map((topic) => [
    topic,
    fieldsOf(topics[topic]).flatMap(({ name, dataClass }) => (dataClass === 'customer' ? [name] : [])),
  ]),
)

/** The fields of a topic that identify a customer. */
export const customerFieldsOf = (topic: TopicName): readonly string[] => customerFields.get(topic)!

export const topicsWithCustomers: readonly TopicName[] = topicNames.filter(
  (topic) => customerFieldsOf(topic).length > 0,
)

/** Customers that are remembered in each of two generations: at 110 bytes each they take 9 MB. */
const REMEMBERED_MAX = 40_000

/** The name of a customer on all days; of one who was erased the key, which gives a name for each day. */
type Named = string | Buffer

/** The customers of the last batches, as they were after this many erasures. */
class Memory {
  readonly erasures: number
  #recent = new Map<string, Named>()
  #older = new Map<string, Named>()

  constructor(erasures: number) {
    this.erasures = erasures
  }

  find(customerId: string): Named | undefined {
    const recent = this.#recent.get(customerId)
    if (recent !== undefined) return recent
    const older = this.#older.get(customerId)
    if (older !== undefined) this.keep(customerId, older)
    return older
  }

  keep(customerId: string, named: Named): void {
    if (this.#recent.size >= REMEMBERED_MAX) {
      this.#older = this.#recent
      this.#recent = new Map()
    }
    this.#recent.set(customerId, named)
  }
}

type Event = Record<string, string | null | undefined> & { event_at: string }

/**
 * One query for each batch with customers. It also shows whether someone was erased since the last one, after which nothing that was
 * remembered counts: no batch that is read after an erasure has the old name.
 *
 * @param keySource left out: random keys
 */
export function createCustomerDoor(pool: Pool, vault: Vault, keySource?: KeySource): CustomerDoor {
  let doorKey: Promise<Buffer> | undefined
  let memory = new Memory(0)

  const openOnce = (): Promise<Buffer> => {
    doorKey ??= openDoorKey(pool, vault, keySource)
    doorKey.catch(() => {
      doorKey = undefined
    })
    return doorKey
  }

  async function nameAll(customerIds: ReadonlySet<string>): Promise<Map<string, Named>> {
    const names = new Map<string, Named>()
    const unknown = new Map<string, string>()
    const key = await openOnce()
    // Other batches may replace it meanwhile: what this one reads is compared with what it has taken from here.
    const own = memory
    for (const customerId of customerIds) {
      const named = own.find(customerId)
      if (named === undefined) unknown.set(customerId, lookupOf(key, customerId))
      else names.set(customerId, named)
    }
    const known = await readKeys(pool, [...unknown.values()])
    if (known.erasures !== own.erasures) {
      if (known.erasures > memory.erasures) memory = new Memory(known.erasures)
      return nameAll(customerIds)
    }
    for (const [customerId, { key: ofCustomer, isErased }] of await completed(unknown, known)) {
      const named = isErased ? ofCustomer : pseudonymOf(ofCustomer, customerId)
      own.keep(customerId, named)
      names.set(customerId, named)
    }
    return names
  }

  async function completed(
    wanted: ReadonlyMap<string, string>,
    { keys }: KnownKeys,
  ): Promise<Map<string, CustomerKey>> {
    const lacking = [...wanted.values()].filter((lookup) => !keys.has(lookup))
    if (lacking.length > 0) {
      await addKeys(pool, lacking, keySource)
      for (const [lookup, found] of (await readKeys(pool, lacking)).keys) keys.set(lookup, found)
    }
    return new Map([...wanted].map(([customerId, lookup]) => [customerId, keys.get(lookup)!]))
  }

  return {
    async pass(topic, events) {
      const fields = customerFieldsOf(topic)
      if (fields.length === 0) return
      const customerIds = new Set<string>()
      for (const event of events as readonly Event[]) {
        for (const field of fields) if (event[field] != null) customerIds.add(event[field])
      }
      if (customerIds.size === 0) return
      const names = await nameAll(customerIds)
      for (const event of events as readonly Event[]) replace(event, fields, names)
    },
  }
}

/** Takes the ids of customers out of events of a topic, in place: for a processor that needs none. */
export function removeCustomers(topic: TopicName, events: readonly object[]): void {
  for (const field of customerFieldsOf(topic)) {
    for (const event of events as readonly Event[]) {
      if (event[field] == null) continue
      event[field] = null
      if (event.original_ids != null) event.original_ids = withoutField(event.original_ids, field)
    }
  }
}

/** What customers are called in rows of days: as the door names them in events of these days. */
export async function namesOf(
  door: CustomerDoor,
  rows: readonly { customerId: string; day: string }[],
): Promise<string[]> {
  const events = rows.map(({ customerId, day }) => ({ customer_id: customerId, event_at: day }))
  await door.pass('customer_events', events)
  return events.map(({ customer_id }) => customer_id)
}

function replace(event: Event, fields: readonly string[], names: ReadonlyMap<string, Named>): void {
  for (const field of fields) {
    if (event[field] == null) continue
    const named = names.get(event[field])!
    event[field] = typeof named === 'string' ? named : dayPseudonym(named, event.event_at.slice(0, 10))
    if (event.original_ids != null) event.original_ids = withoutField(event.original_ids, field)
  }
}

/** What the sender wrote is the customer's id, too. A text that can't be read, because it was cut, is left out as a whole. */
function withoutField(originals: string, field: string): string | null {
  try {
    const { [field]: _, ...others } = JSON.parse(originals) as Record<string, unknown>
    return Object.keys(others).length === 0 ? null : JSON.stringify(others)
  } catch {
    return null
  }
}
