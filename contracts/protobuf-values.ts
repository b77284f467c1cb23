/** Events in Protobuf, as other systems write them: fields have the names of the contract, decimals are text. */
import protobuf from 'protobufjs'
import { instantIn, offsetsOf } from './time-zones.ts'

/** Makes an event of what was written with a schema. @throws when the bytes are not of it */
export type EventReader = (bytes: Buffer) => Record<string, unknown>

type Value = string | number | boolean | undefined
type FieldReader = (value: unknown) => Value

const NANOS_OF_MICRO = 1_000
const MICROS_OF_MS = 1_000
const MS_OF_SECOND = 1_000
const TIMESTAMP = '.google.protobuf.Timestamp'
const WRAPPED = /^\.google\.protobuf\.(String|Bool|U?Int(32|64))Value$/

/**
 * Reads what was written with a schema: the indexes of its message, as Confluent's serializers write them, and Protobuf's bytes.
 *
 * @param schema the text of a `.proto` file, which imports no other than Protobuf's own
 * @param timeZone whose offset instants get that were written as numbers
 * @throws when it is no such schema
 */
export function protobufReader(schema: string, timeZone = 'UTC'): EventReader {
  const { root, imports = [], package: name = '' } = protobuf.parse(schema, { keepCase: true })
  for (const path of imports) {
    const known = protobuf.common.get(path)
    if (known === null) throw new Error(`it imports ${path}; only Protobuf's own files are known`)
    root.addJSON(known.nested!)
  }
  root.resolveAll()
  const file = name === '' ? root : (root.lookup(name) as protobuf.Namespace)
  const instantOf = instantReader(timeZone)
  const readers = new Map<protobuf.Type, [protobuf.Field, FieldReader][]>()
  return (bytes) => {
    // A Buffer would be read to its end where a text is cut off.
    const reader = protobuf.Reader.create(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength))
    const type = messageOf(file, reader)
    let fields = readers.get(type)
    if (fields === undefined) {
      fields = type.fieldsArray.map((field) => [field, fieldReader(field, instantOf)])
      readers.set(type, fields)
    }
    const message = type.decode(reader) as protobuf.Message & Record<string, unknown>
    const event: Record<string, unknown> = {}
    for (const [field, read] of fields) {
      const value = read(Object.hasOwn(message, field.name) ? message[field.name] : implicit(field))
      if (value !== undefined) event[field.name] = value
    }
    return event
  }
}

const NESTED_MAX = 16

/** Which message of the file it is: how many indexes, then each, as zigzag numbers; a zero alone is the first message. */
function messageOf(file: protobuf.NamespaceBase, reader: protobuf.Reader): protobuf.Type {
  const count = reader.sint32()
  if (count < 0 || count > NESTED_MAX)
    throw new Error(`names ${count} indexes of messages; 0 to ${NESTED_MAX} are read`)
  const indexes = count === 0 ? [0] : Array.from({ length: count }, () => reader.sint32())
  let parent = file
  for (const index of indexes) {
    const type = parent.nestedArray.filter((one) => one instanceof protobuf.Type)[index]
    if (type === undefined) throw new Error(`its schema has no message ${indexes.join('.')}`)
    parent = type
  }
  return parent as protobuf.Type
}

/** A number or flag that may not be absent is not written where it is 0 or false. An empty text is left out. */
function implicit({ typeDefault, partOf, required, resolvedType, repeated, map }: protobuf.Field): unknown {
  const mayBeAbsent = partOf !== null || required || resolvedType instanceof protobuf.Type || repeated || map
  return mayBeAbsent ? undefined : typeDefault
}

function fieldReader(field: protobuf.Field, instantOf: (value: Timestamp) => string): FieldReader {
  const { name, repeated, map, resolvedType, type } = field
  const failed = (what: string) => () => {
    throw new Error(`${name} ${what}`)
  }
  if (repeated || map) return failed('has several values; events are flat')
  if (resolvedType instanceof protobuf.Enum) return enumReader(name, resolvedType)
  if (resolvedType?.fullName === TIMESTAMP) return optional((value) => instantOf(value as Timestamp))
  if (resolvedType !== null && WRAPPED.test(resolvedType.fullName))
    return optional((value) => plain(name, (value as { value: unknown }).value))
  if (resolvedType !== null) return failed('is a message; events are flat')
  if (type === 'bytes') return failed('is bytes; no field of an event is')
  return optional((value) => (value === '' ? undefined : plain(name, value)))
}

const optional =
  (read: (value: NonNullable<unknown>) => Value): FieldReader =>
  (value) =>
    value === undefined || value === null ? undefined : read(value)

/** Numbers of 64 bits come as objects. */
function plain(name: string, value: unknown): Value {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value
  const number = Number(String(value))
  if (!Number.isSafeInteger(number)) throw new Error(`${name} ${String(value)} is too large for a number of JSON`)
  return number
}

/** `PRICE_REASON_REGULAR` of the enum `PriceReason` is `regular`; `…_UNSPECIFIED` is left out. */
function enumReader(name: string, { name: own, valuesById }: protobuf.Enum): FieldReader {
  const prefix = `${own.replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, '_').toLowerCase()}_`
  return optional((value) => {
    const written = valuesById[value as number]
    if (written === undefined) throw new Error(`${name} ${String(value)} is no value of its enum`)
    const short = written.toLowerCase().replace(prefix, '')
    return short === 'unspecified' ? undefined : short
  })
}

interface Timestamp {
  seconds: unknown
  nanos: number
}

/** To the microsecond, which is what events have. */
function instantReader(timeZone: string): (value: Timestamp) => string {
  const offsetOf = offsetsOf(timeZone)
  return ({ seconds, nanos }) => {
    if (nanos % NANOS_OF_MICRO !== 0) throw new Error('a timestamp has nanoseconds; events have microseconds')
    const micros = nanos / NANOS_OF_MICRO
    const milliseconds = Number(String(seconds)) * MS_OF_SECOND + Math.floor(micros / MICROS_OF_MS)
    const rest = micros % MICROS_OF_MS
    const instant = instantIn(offsetOf, milliseconds)
    return rest === 0 ? instant : instant.replace(/(?<=\.\d{3})/, String(rest).padStart(3, '0'))
  }
}
