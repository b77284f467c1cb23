/** How an API is asked for its rows: page by page, for what was changed since the last time, and signed in how. */
import { type Static, Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { SourceError } from '../errors.ts'
import { parseYaml } from '../map-file.ts'

const closed = { additionalProperties: false }
const text = Type.String({ minLength: 1 })
const scalar = Type.Union([Type.String(), Type.Number(), Type.Boolean()])
const header = Type.String({ pattern: "^[A-Za-z0-9!#$%&'*+.^_`|~-]+$" })

const pages = Type.Union([
  Type.Object(
    { by: Type.Literal('number'), parameter: text, first: Type.Optional(Type.Integer({ minimum: 0 })) },
    closed,
  ),
  Type.Object({ by: Type.Literal('cursor'), parameter: text, field: text }, closed),
  Type.Object({ by: Type.Literal('link') }, closed),
])
const auth = Type.Union([
  Type.Object(
    { by: Type.Literal('oauth2'), token_url: text, client_id: text, scope: Type.Optional(Type.String()) },
    closed,
  ),
  Type.Object({ by: Type.Literal('bearer') }, closed),
  Type.Object({ by: Type.Literal('basic'), user: text }, closed),
  Type.Object({ by: Type.Literal('header'), name: header }, closed),
])
const schema = Type.Object(
  {
    every_seconds: Type.Optional(Type.Number({ minimum: 1, maximum: 86_400 })),
    requests_per_minute: Type.Optional(Type.Integer({ minimum: 1, maximum: 60_000 })),
    query: Type.Optional(Type.Record(Type.String(), scalar)),
    headers: Type.Optional(Type.Record(header, Type.String())),
    pages: Type.Optional(pages),
    since: Type.Optional(
      Type.Object(
        {
          parameter: text,
          field: text,
          begin: Type.Optional(scalar),
          overlap_seconds: Type.Optional(Type.Number({ minimum: 0 })),
        },
        closed,
      ),
    ),
    auth: Type.Optional(auth),
  },
  closed,
)
const validator = Compile(schema)

const defaults = { every_seconds: 300, requests_per_minute: 60 }

export type ApiDefinition = Static<typeof schema> & typeof defaults

/** @param name of what is read, for errors @throws SourceError */
export function parseApi(content: string, name: string): ApiDefinition {
  const wrong = (problem: string) => new SourceError(`API ${name}: ${problem}`)
  const given = parseYaml(content, wrong) ?? {}
  if (validator.Check(given)) return { ...defaults, ...given }
  const [error] = validator.Errors(given)
  throw wrong(`${error!.instancePath || 'the definition'} ${error!.message}`)
}
