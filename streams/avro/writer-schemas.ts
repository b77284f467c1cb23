import { avroType, fromAvro } from '../../contracts/avro-values.ts'
import { type EventReader, protobufReader } from '../../contracts/protobuf-values.ts'
import {
  type RegisteredSchema,
  RegistryError,
  type SchemaRegistry,
} from '../../platform/schema-registry/schema-registry.ts'

const KNOWN_MAX = 1_000
/** An id that the registry does not have may be registered later. */
const UNKNOWN_MS = 30_000
/** Confluent's code of a schema that is not there; a proxy, or a registry that is being started, answers 404 without it. */
const SCHEMA_NOT_FOUND = 40403

/** Reads what was written with a schema; or why nothing can. */
type Known = EventReader | string

/** The schemas that messages were written with, by their ids. What a registry has under an id never changes. */
export class WriterSchemas {
  readonly #registry: SchemaRegistry
  readonly #timeZone: string
  readonly #known = new Map<number, { schema: Known; untilMs: number }>()

  /** @param timeZone whose offset instants get that were written as numbers */
  constructor(registry: SchemaRegistry, timeZone: string) {
    this.#registry = registry
    this.#timeZone = timeZone
  }

  get size(): number {
    return this.#known.size
  }

  /** @returns why nothing reads it, where that is for good @throws when the registry does not answer */
  async find(schemaId: number): Promise<Known> {
    const known = this.#known.get(schemaId)
    if (known !== undefined && known.untilMs > performance.now()) return known.schema
    const schema = await this.#read(schemaId)
    if (this.#known.size >= KNOWN_MAX) this.#known.clear()
    const untilMs = typeof schema === 'string' ? performance.now() + UNKNOWN_MS : Number.POSITIVE_INFINITY
    this.#known.set(schemaId, { schema, untilMs })
    return schema
  }

  async #read(schemaId: number): Promise<Known> {
    let schema: RegisteredSchema
    try {
      schema = await this.#registry.byId(schemaId)
    } catch (error) {
      if (error instanceof RegistryError && error.code === SCHEMA_NOT_FOUND) {
        return `its schema ${schemaId} is not in the registry at ${this.#registry.url}`
      }
      throw error
    }
    try {
      return readerOf(schema, this.#timeZone)
    } catch (error) {
      return `its schema ${schemaId} can't be used: ${(error as Error).message}`
    }
  }
}

function readerOf({ schema, schemaType = 'AVRO' }: RegisteredSchema, timeZone: string): EventReader {
  if (schemaType === 'PROTOBUF') return protobufReader(schema, timeZone)
  if (schemaType !== 'AVRO') throw new Error(`it is of type ${schemaType}; AVRO and PROTOBUF are read`)
  const type = avroType(JSON.parse(schema), timeZone)
  return (bytes) => fromAvro(type, bytes)
}
