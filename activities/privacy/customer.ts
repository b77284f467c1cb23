/** Which names a customer has here. */
import { normalizedIdentifier } from '../../contracts/fields.ts'
import type { Pool, PoolClient } from '../../platform/postgres/postgres.ts'
import type { Vault } from '../../platform/vault.ts'
import { type CustomerKey, openDoorKey, readKeys } from '../../streams/privacy/customer-keys.ts'
import { lookupOf, pseudonymOf } from '../../streams/privacy/pseudonyms.ts'

/** A customer as rows know them. */
export interface Subject {
  /** As the sender wrote it, and in its normal form. */
  customerIds: readonly string[]
  /** What they are called in rows: the ids of rows from before there were pseudonyms, and the pseudonym. */
  names: readonly string[]
  /** What reports call them. */
  reportNames: readonly string[]
}

/** By what the key of a customer is found. */
export const lookupCustomer = async (pool: Pool, vault: Vault, customerId: string): Promise<Buffer> =>
  lookupOf(await openDoorKey(pool, vault), normalizedIdentifier(customerId))

/** @param found the customer's key; undefined: they have none */
export async function subjectOf(
  database: Pool | PoolClient,
  customerId: string,
  found: CustomerKey | undefined,
): Promise<Subject> {
  const id = normalizedIdentifier(customerId)
  const customerIds = [...new Set([customerId, id])]
  const pseudonyms = found === undefined || found.isErased ? [] : [pseudonymOf(found.key, id)]
  const names = [...customerIds, ...pseudonyms]
  const { rows } = await database.query<{ name: string }>(
    'select analytics.pseudonym(key, name) as name from ref.pseudonym_key, unnest($1::text[]) as name',
    [names],
  )
  return { customerIds, names, reportNames: rows.map(({ name }) => name) }
}

export async function findCustomer(pool: Pool, vault: Vault, customerId: string): Promise<Subject> {
  const lookup = await lookupCustomer(pool, vault, customerId)
  return subjectOf(pool, customerId, (await readKeys(pool, [lookup])).keys.get(lookup.toString('hex')))
}

/** Shorter ids are part of too many other texts, and numbers of any length are part of other numbers: of barcodes, of other ids. */
const UNUSUAL_CHARACTERS = 8

/** Texts that are about the customer wherever they are: pseudonyms, and ids that nothing else contains. */
export const unusualTexts = ({ names, reportNames }: Subject): string[] =>
  [...names, ...reportNames].filter((name) => [...name].length >= UNUSUAL_CHARACTERS && /\D/.test(name))

/**
 * A regular expression, of PostgreSQL, DuckDB and JavaScript, for JSON in which the customer is the customer of a message: also where the
 * JSON is a text in other JSON, a sender has escaped characters, or bytes are shown as PostgreSQL's `encode` and Latin-1 show them.
 */
export function messagePattern({ customerIds }: Subject): string {
  const ids = customerIds.map((id) => [...id].map(inPattern).join(''))
  return `\\\\*"customer_id\\\\*"\\s*:\\s*(\\\\*")?\\s*(${ids.join('|')})\\s*\\\\*["},]`
}

/** One character in each way that it may be written. A backslash may have been doubled. */
function inPattern(character: string): string {
  const units = Array.from({ length: character.length }, (_, at) => character.charCodeAt(at))
  const escaped = units.map((unit) => `\\\\+u${unit.toString(16).padStart(4, '0').replaceAll(/[a-f]/g, bothCases)}`)
  const forms = [literally(character), escaped.join('')]
  if (!/^[\x20-\x7e]$/.test(character)) {
    const bytes = [...Buffer.from(character)]
    forms.push(bytes.map((byte) => literally(String.fromCharCode(byte))).join(''))
    forms.push(bytes.map((byte) => `\\\\${byte.toString(8).padStart(3, '0')}`).join(''))
  }
  if (['"', '\\', '/'].includes(character)) forms.push(`\\\\+${literally(character)}`)
  return `(${forms.join('|')})`
}

const bothCases = (letter: string): string => `[${letter}${letter.toUpperCase()}]`

const literally = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
