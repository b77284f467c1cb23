/** A registry of schemas with Confluent's API, such as Apicurio's `/apis/ccompat/v7`. */
import { failureReason } from '../http/failure.ts'

/** What the registry answered, when it is an error. */
export class RegistryError extends Error {
  override name = 'RegistryError'
  readonly status: number
  /** Confluent's number of what is wrong; undefined: it gave none. */
  readonly code: number | undefined

  constructor(status: number, { message, code }: { message: string; code: number | undefined }) {
    super(message)
    this.status = status
    this.code = code
  }
}

/** A schema as the registry has it. */
export interface RegisteredSchema {
  /** JSON of Avro, or the text of Protobuf. */
  schema: string
  /** Left out: AVRO. */
  schemaType?: string
}

/** No answer came. */
export class RegistryAwayError extends Error {
  override name = 'RegistryAwayError'
}

const REQUEST_MS_MAX = 15_000
const TYPE = 'application/vnd.schemaregistry.v1+json'

export class SchemaRegistry {
  /** Without what it is signed in with. */
  readonly url: string
  readonly #authorization: string | undefined

  /** @param address of the API, such as `http://127.0.0.1:18081/apis/ccompat/v7`, with user and password where it asks for them */
  constructor(address: string) {
    const url = new URL(address)
    const [user, password] = [url.username, url.password].map(decodeURIComponent)
    if (user !== '') this.#authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
    url.username = ''
    url.password = ''
    this.url = url.href.replace(/\/$/, '')
  }

  /**
   * Adds a version to a subject, unless it has it.
   *
   * @param schema a record of Avro, or as the registry has it
   * @returns its id
   * @throws RegistryError with 409 when it is not compatible with the versions before
   */
  async register(subject: string, schema: object | RegisteredSchema): Promise<number> {
    const path = `/subjects/${encodeURIComponent(subject)}/versions`
    const body = 'schema' in schema ? schema : { schema: JSON.stringify(schema) }
    return ((await this.#ask('POST', path, body)) as { id: number }).id
  }

  /** Which changes the registry accepts of a subject. */
  async requireCompatibility(subject: string, compatibility: 'FULL_TRANSITIVE'): Promise<void> {
    await this.#ask('PUT', `/config/${encodeURIComponent(subject)}`, { compatibility })
  }

  /** The schema of an id. @throws RegistryError with code 40403 when there is none */
  async byId(id: number): Promise<RegisteredSchema> {
    return (await this.#ask('GET', `/schemas/ids/${id}`)) as RegisteredSchema
  }

  async #ask(method: string, path: string, body?: object): Promise<unknown> {
    const { status, ok, text } = await this.#request(method, path, body)
    if (ok) return JSON.parse(text)
    throw new RegistryError(status, problemOf(status, text))
  }

  async #request(method: string, path: string, body?: object) {
    try {
      const answer = await fetch(`${this.url}${path}`, {
        method,
        headers: {
          accept: TYPE,
          ...(body && { 'content-type': TYPE }),
          ...(this.#authorization !== undefined && { authorization: this.#authorization }),
        },
        ...(body && { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(REQUEST_MS_MAX),
      })
      return { status: answer.status, ok: answer.ok, text: await answer.text() }
    } catch (error) {
      throw new RegistryAwayError(`the schema registry at ${this.url} does not answer (${failureReason(error)})`)
    }
  }
}

function problemOf(status: number, text: string): { message: string; code: number | undefined } {
  const message = `it answers ${status}`
  try {
    const told = JSON.parse(text) as { message?: string; error_code?: number } | null
    return { message: told?.message ?? message, code: told?.error_code }
  } catch {
    // Not every error is JSON.
    return { message, code: undefined }
  }
}
