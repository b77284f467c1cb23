/** Which names a customer has here. */
import { normalizedIdentifier } from '../../contracts/fields.ts'
import type { TopicName } from '../../contracts/topics.ts'
import type { Pool, PoolClient } from '../../platform/postgres/postgres.ts'
import type { Vault } from '../../platform/vault.ts'
import { customerFieldsOf, topicsWithCustomers } from '../../streams/privacy/customer-door.ts'
import { type CustomerKey, openDoorKey, readKeys } from '../../streams/privacy/customer-keys.ts'
import { lookupOf, pseudonymOf } from '../../streams/privacy/pseudonyms.ts'

/** A customer as rows know them. */
export interface CustomerNames {
  /** As the sender wrote it, and in the two normal forms of Unicode. */
  customerIds: readonly string[]
  /** What they are called in rows: the ids of rows from before there were pseudonyms, and the pseudonym. */
  names: readonly string[]
  /** What reports call them. */
  reportNames: readonly string[]
}

/** How captured rows of another system name customers. */
export interface MappedFields {
  mapId: string
  /** Kafka's topic of the changes. */
  changeTopic: string
  /** The topic of the events that are made of them, where also changes are sent that make none. */
  topic: TopicName
  /** Those of contracts, and columns that the map reads customers from. */
  fields: readonly string[]
}

/** Who is looked for, and where they have other names. */
export interface Subject extends CustomerNames {
  mapped: readonly MappedFields[]
}

/** By what the key of a customer is found. */
export const lookupCustomer = async (pool: Pool, vault: Vault, customerId: string): Promise<Buffer> =>
  Buffer.from(lookupOf(await openDoorKey(pool, vault), normalizedIdentifier(customerId)), 'hex')

/** @param found the customer's key; undefined: they have none */
export async function namesOfCustomer(
  database: Pool | PoolClient,
  customerId: string,
  found: CustomerKey | undefined,
): Promise<CustomerNames> {
  const id = normalizedIdentifier(customerId)
  const customerIds = [...new Set([customerId, id, id.normalize('NFD')])]
  const pseudonyms = found === undefined || found.isErased ? [] : [pseudonymOf(found.key, id)]
  const names = [...customerIds, ...pseudonyms]
  const { rows } = await database.query<{ name: string }>(
    'select analytics.pseudonym(key, name) as name from ref.pseudonym_key, unnest($1::text[]) as name',
    [names],
  )
  return { customerIds, names, reportNames: rows.map(({ name }) => name) }
}

export async function findCustomer(pool: Pool, vault: Vault, customerId: string): Promise<CustomerNames> {
  const lookup = (await lookupCustomer(pool, vault, customerId)).toString('hex')
  return namesOfCustomer(pool, customerId, (await readKeys(pool, [lookup])).keys.get(lookup))
}

/** Shorter ids are part of too many other texts, and numbers of any length are part of other numbers: of barcodes, of other ids. */
const UNUSUAL_CHARACTERS = 8
const isUnusual = (name: string): boolean => [...name].length >= UNUSUAL_CHARACTERS && /\D/.test(name)

/** Texts that are about the customer wherever they are: pseudonyms, and ids that nothing else contains. */
export const unusualTexts = ({ names, reportNames }: CustomerNames): string[] =>
  [...names, ...reportNames].filter(isUnusual)

/** Before a character that JSON escapes, in JSON that is a text in other JSON up to three times. Without a limit a long row of them would take a long time. */
const BACKSLASHES = '\\\\{1,15}'

/** What contracts call a customer. */
export const contractFields: readonly string[] = [...new Set(topicsWithCustomers.flatMap(customerFieldsOf))]

/** Where maps read customers, and the pattern of their changes. */
export const mappedPatterns = (subject: Subject): (MappedFields & { pattern: string })[] =>
  subject.mapped.map((mapped) => ({ ...mapped, pattern: messagePattern(subject, mapped.fields) }))

/**
 * A regular expression, of PostgreSQL, DuckDB and JavaScript, for a text in which the customer is the customer of a message, or which has an
 * id of theirs that nothing else contains. However it is written: the JSON may be a text in other JSON, a sender may have escaped
 * characters, and bytes may be shown as PostgreSQL's `encode` and Latin-1 show them.
 */
export function messagePattern({ customerIds }: CustomerNames, fields: readonly string[] = contractFields): string {
  const quote = inPattern('"')
  const space = `\\s|${BACKSLASHES}[nrt]`
  const oneOf = (texts: readonly string[]) => `(${texts.map((text) => [...text].map(inPattern).join('')).join('|')})`
  const key = `${quote}${oneOf(fields)}${quote}(${space})*:`
  // A number may have been written as a float. No two parts take the same characters, so that a long text of spaces takes no long time.
  const value = `(${space}|\\[)*(${quote}(${space})*)?${oneOf(customerIds)}(\\.0+)?(${space})*(${quote}|[\\]},]|$)`
  const unusual = customerIds.filter(isUnusual)
  return [key + value, ...unusual.map((text) => oneOf([text]))].join('|')
}

/** One character in each way that it may be written. */
function inPattern(character: string): string {
  const units = Array.from({ length: character.length }, (_, at) => character.charCodeAt(at))
  const escaped = units.map(
    (unit) => `${BACKSLASHES}u${unit.toString(16).padStart(4, '0').replaceAll(/[a-f]/g, bothCases)}`,
  )
  const forms = [literally(character), escaped.join('')]
  if (!/^[\x20-\x7e]$/.test(character)) {
    const bytes = [...Buffer.from(character)]
    forms.push(bytes.map((byte) => literally(String.fromCharCode(byte))).join(''))
    forms.push(bytes.map((byte) => `\\\\${byte.toString(8).padStart(3, '0')}`).join(''))
  }
  if (['"', '\\', '/'].includes(character)) forms.push(`${BACKSLASHES}${literally(character)}`)
  return `(${forms.join('|')})`
}

const bothCases = (letter: string): string => `[${letter}${letter.toUpperCase()}]`

const literally = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
