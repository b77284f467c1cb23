/** Events in Avro: decimals and instants exactly, in both directions. */
import avsc from 'avsc'
import { avroSchema, fieldsOf } from './avro.ts'
import { dateOf } from './calendar.ts'
import { offsetsOf } from './time-zones.ts'
import { type TopicName, topics } from './topics.ts'

const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?$/
const DIGITS_MAX = 38
/** More than the digits of any decimal need. */
const DECIMAL_BYTES_MAX = 32
const MICROS_OF_MS = 1_000

interface Logical {
  logicalType: string
  precision?: number
  scale?: number
}

/** Avro's decimal: the digits as a whole number, the scale in the schema. As text here. */
class Decimal extends avsc.types.LogicalType {
  readonly #precision: number
  readonly #scale: number

  constructor(schema: avsc.Schema, options: object) {
    super(schema, options)
    const { scale = 0, precision = 0 } = schema as unknown as Logical
    if (precision < 1 || precision > DIGITS_MAX || scale < 0 || scale > precision) {
      throw new Error(`a decimal of precision ${precision} and scale ${scale} is not one of 1 to ${DIGITS_MAX} digits`)
    }
    this.#precision = precision
    this.#scale = scale
  }

  override _fromValue(bytes: Buffer): string {
    return decimalText(fromTwosComplement(bytes), this.#scale)
  }

  override _toValue(text: unknown): Buffer | undefined {
    const [, sign, whole = '', part = ''] = DECIMAL.exec(String(text)) ?? []
    if (sign === undefined || part.length > this.#scale) return undefined
    const digits = whole + part.padEnd(this.#scale, '0')
    if (digits.replace(/^0+/, '').length > this.#precision) return undefined
    return toTwosComplement(BigInt(`${sign}${digits}`))
  }
}

/** Days since the epoch, as text. */
class Day extends avsc.types.LogicalType {
  override _fromValue(days: number): string {
    return dateOf(days)
  }

  override _toValue(): undefined {
    return undefined
  }
}

/** Milliseconds or microseconds since the epoch, as text: RFC 3339 with the offset of a zone. */
function instantType(timeZone: string): new (schema: avsc.Schema, options: object) => avsc.types.LogicalType {
  const offsetOf = offsetsOf(timeZone)
  return class extends avsc.types.LogicalType {
    readonly #perMillisecond: number

    constructor(schema: avsc.Schema, options: object) {
      super(schema, options)
      this.#perMillisecond = (schema as unknown as Logical).logicalType === 'timestamp-micros' ? MICROS_OF_MS : 1
    }

    override _fromValue(value: number): string {
      const milliseconds = Math.floor(value / this.#perMillisecond)
      const { text, ms } = offsetOf(milliseconds)
      const local = new Date(milliseconds + ms).toISOString().slice(0, -1)
      if (this.#perMillisecond === 1) return local + text
      return local + String(value - milliseconds * MICROS_OF_MS).padStart(3, '0') + text
    }

    override _toValue(): undefined {
      return undefined
    }
  }
}

/**
 * The type of what was written with a schema.
 *
 * @param timeZone whose offset instants get that were written as numbers
 * @throws when it is no schema of Avro
 */
export function avroType(schema: unknown, timeZone = 'UTC'): avsc.Type {
  const Instant = instantType(timeZone)
  const logicalTypes = { decimal: Decimal, 'timestamp-millis': Instant, 'timestamp-micros': Instant, date: Day }
  return avsc.Type.forSchema(
    schema as avsc.Schema,
    { logicalTypes, wrapUnions: false, omitRecordMethods: true } as unknown as avsc.ForSchemaOptions,
  )
}

const types = new Map<TopicName, avsc.Type>()

/** The type of a topic's contract. */
export function contractType(topic: TopicName): avsc.Type {
  const known = types.get(topic)
  if (known !== undefined) return known
  const type = avroType(avroSchema(topics[topic]))
  types.set(topic, type)
  return type
}

/** An event of a contract as Avro's bytes. @throws naming the field that does not fit */
export function toAvro(topic: TopicName, event: Readonly<Record<string, unknown>>): Buffer {
  // What is not known is null there.
  const whole = Object.fromEntries(fieldsOf(topics[topic]).map(({ name }) => [name, event[name] ?? null]))
  return contractType(topic).toBuffer(whole)
}

/** What was written, as JSON of a contract: what is null is left out. @throws when the bytes are not of the type */
export function fromAvro(type: avsc.Type, bytes: Buffer): Record<string, unknown> {
  const value = type.fromBuffer(bytes) as unknown
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('is no record')
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== null))
}

const MAGIC = 0
const HEADER_BYTES = 5

/** What Confluent's serializers write: a zero, the id of the schema in four bytes, and Avro's bytes. */
export function framed(schemaId: number, bytes: Buffer): Buffer {
  const header = Buffer.alloc(HEADER_BYTES, MAGIC)
  header.writeUInt32BE(schemaId, 1)
  return Buffer.concat([header, bytes])
}

/** @throws when it does not begin like this */
export function unframed(message: Buffer): { schemaId: number; bytes: Buffer } {
  if (message.length < HEADER_BYTES || message[0] !== MAGIC) {
    throw new Error("does not begin with a zero and a schema's id, as Confluent's serializers write it")
  }
  return { schemaId: message.readUInt32BE(1), bytes: message.subarray(HEADER_BYTES) }
}

function decimalText(digits: bigint, scale: number): string {
  const sign = digits < 0n ? '-' : ''
  const text = String(digits < 0n ? -digits : digits).padStart(scale + 1, '0')
  if (scale === 0) return sign + text
  const part = text.slice(-scale).replace(/0+$/, '')
  return `${sign}${text.slice(0, -scale)}${part === '' ? '' : `.${part}`}`
}

function fromTwosComplement(bytes: Buffer): bigint {
  if (bytes.length === 0) return 0n
  if (bytes.length > DECIMAL_BYTES_MAX) throw new Error(`a decimal of ${bytes.length} bytes is too long`)
  return BigInt.asIntN(bytes.length * 8, BigInt(`0x${bytes.toString('hex')}`))
}

/** In as few bytes as hold it. */
function toTwosComplement(value: bigint): Buffer {
  let length = 1
  while (BigInt.asIntN(length * 8, value) !== value) length += 1
  return Buffer.from(
    BigInt.asUintN(length * 8, value)
      .toString(16)
      .padStart(length * 2, '0'),
    'hex',
  )
}
