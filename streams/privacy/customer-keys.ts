/** The keys of customers in the database. */
import { randomBytes } from 'node:crypto'
import type { Pool } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'
import type { Vault } from '../../platform/vault.ts'
import { KEY_BYTES } from './pseudonyms.ts'

const DOOR_KEY_BYTES = 32
const CONTEXT = 'customer door'

/** Where new keys come from. */
export interface KeySource {
  door(): Buffer
  customer(lookup: string): Buffer
}

const randomKeys: KeySource = { door: () => randomBytes(DOOR_KEY_BYTES), customer: () => randomBytes(KEY_BYTES) }

/** The key by which ids of customers are looked up; the first who asks makes it. @throws when the vault can't open it */
export async function openDoorKey(pool: Pool, vault: Vault, keys = randomKeys): Promise<Buffer> {
  const known = await readDoorKey(pool)
  if (known !== undefined) return Buffer.from(vault.open(known, CONTEXT), 'base64')
  const made = vault.seal(keys.door().toString('base64'), CONTEXT)
  await pool.query('insert into ref.customer_door (sealed_key) values ($1) on conflict do nothing', [made])
  return Buffer.from(vault.open((await readDoorKey(pool))!, CONTEXT), 'base64')
}

/** Seals the key with the first of the vault's, so that the one that it was sealed with can be removed. @throws as `openDoorKey` does */
export async function resealDoorKey(pool: Pool, vault: Vault): Promise<void> {
  const known = await readDoorKey(pool)
  const sealed = known && vault.reseal(known, CONTEXT)
  if (sealed === undefined) return
  await pool.query('update ref.customer_door set sealed_key = $2 where sealed_key = $1', [known, sealed])
}

const readDoorKey = async (pool: Pool): Promise<string | undefined> =>
  (await pool.query<{ sealed: string }>('select sealed_key as sealed from ref.customer_door')).rows[0]?.sealed

export interface CustomerKey {
  key: Buffer
  /** Their events have a name for one day only. */
  isErased: boolean
}

/** Of one moment: keys by their lookup in hexadecimal, and how many customers had been erased. */
export interface KnownKeys {
  erasures: number
  keys: Map<string, CustomerKey>
}

const READ = { name: 'read_customer_keys', text: statement('privacy/read_customer_keys.sql') }
const ADD = { name: 'add_customer_keys', text: statement('privacy/add_customer_keys.sql') }

/** How PostgreSQL reads bytes. */
const bytea = (hex: string): string => `\\x${hex}`

/** @param lookups in hexadecimal */
export async function readKeys(pool: Pool, lookups: readonly string[]): Promise<KnownKeys> {
  const { rows } = await pool.query<{ erasures: number; lookup: string | null; key: Buffer; isErased: boolean }>({
    ...READ,
    values: [lookups.map(bytea)],
  })
  const keys = rows.flatMap(({ lookup, key, isErased }) =>
    lookup === null ? [] : [[lookup, { key, isErased }] as const],
  )
  return { erasures: rows[0]!.erasures, keys: new Map(keys) }
}

/** Makes keys for customers who have none; of two processes that do so at once the first counts for both. */
export async function addKeys(pool: Pool, lookups: readonly string[], keys = randomKeys): Promise<void> {
  await pool.query({ ...ADD, values: [lookups.map(bytea), lookups.map(keys.customer)] })
}
