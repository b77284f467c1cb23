/** The description of the API (OpenAPI 3.1), from the definitions that serve it. */
import { type TObject, type TSchema, Type } from 'typebox'
import type { Action, Question } from '../definition.ts'
import { isList } from '../shapes.ts'
import { FILE_ROWS_MAX, type FormatName, formats, formatsOf } from './formats.ts'
import { KEY_HEADER } from './idempotency.ts'

const problemsFor = (statuses: readonly number[]) =>
  Object.fromEntries(statuses.map((status) => [String(status), { $ref: '#/components/responses/Problem' }]))

const asked = [400, 401, 403, 404, 429, 500, 503]
const done = [...asked, 409, 422]

export interface Operation {
  summary: string
  operationId: string
  description: string
  parameters: readonly Parameter[]
  requestBody?: { required: boolean; content: Record<string, { schema: TSchema }> }
  responses: Record<string, object>
}

export interface Parameter {
  name: string
  in: 'path' | 'query' | 'header'
  required: boolean
  description?: string
  allowEmptyValue?: true
  schema: TSchema
}

export interface OpenApi {
  openapi: string
  paths: Record<string, Record<string, Operation>>
  [name: string]: unknown
}

export function openApiDocument(questions: readonly Question[], actions: readonly Action[]): OpenApi {
  const paths: Record<string, Record<string, Operation>> = {}
  for (const question of questions) {
    const { path: ownPath, apiPath: path = ownPath, summary, permission, query, answer } = question
    const known = formatsOf(question)
    const files = Object.fromEntries(
      known.map((name) => [formats[name].mediaType.split(';')[0]!, { schema: { type: 'string' } }]),
    )
    const headers = isList(question)
      ? { Link: { schema: { type: 'string' }, description: 'The next page, `rel="next"` (RFC 8288)' } }
      : undefined
    add(paths, path, 'get', {
      summary,
      description: `Permission: \`${permission}\`.`,
      operationId: operationId('get', path),
      parameters: [...parametersOf(path, query), ...(known.length > 0 ? [formatParameter(known)] : [])],
      responses: {
        '200': {
          description: 'OK',
          ...(headers && { headers }),
          content: { 'application/json': { schema: answer }, ...files },
        },
        ...problemsFor(asked),
      },
    })
  }
  for (const { path, summary, permission, input, answer } of actions) {
    const names = namesIn(path)
    const required = (input.required ?? []).filter((name: string) => !names.includes(name))
    const schema = storable({ ...input, properties: without(input.properties, names), required } as TObject)
    add(paths, path, 'post', {
      summary,
      description: `Permission: \`${permission}\`.`,
      operationId: operationId('post', path),
      parameters: [...parametersOf(path, input).filter((parameter) => parameter.in === 'path'), keyParameter],
      requestBody: { required: true, content: { 'application/json': { schema } } },
      responses: {
        '200': { description: 'Done', content: { 'application/json': { schema: answer } } },
        ...problemsFor(done),
      },
    })
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Shelfline',
      version: '1',
      description:
        'Every page’s data and action. Who acts is the person of the token or of the session, and rows are theirs. Decimals, such as money and quantities, are texts; instants are RFC 3339 in UTC, days `YYYY-MM-DD`. Lists that have more give `next`, which is the `cursor` of the next page.',
    },
    servers: [{ url: '/api/v1' }],
    security: [{ token: [] }, { session: [] }],
    paths,
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'Made by `shelfline access token create`.' },
        session: { type: 'apiKey', in: 'cookie', name: 'shelfline', description: 'Of a person in a browser.' },
      },
      responses: {
        Problem: {
          description: 'What failed, and what to do about it (RFC 9457)',
          content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
        },
      },
      schemas: {
        Problem: {
          type: 'object',
          required: ['type', 'title', 'status'],
          properties: {
            type: { type: 'string' },
            title: { type: 'string' },
            status: { type: 'integer' },
            detail: { type: 'string' },
            fix: { type: 'string' },
            field: { type: 'string' },
            instance: { type: 'string' },
          },
        },
      },
    },
  }
}

const formatParameter = (known: readonly FormatName[]): Parameter => ({
  name: 'format',
  in: 'query',
  required: false,
  description: `The rows as a file, instead of JSON; the header \`Accept\` can request the same. A list without \`limit\` and \`cursor\` is returned in full, ${FILE_ROWS_MAX.toLocaleString('en-GB')} rows at most`,
  schema: Type.Enum([...known]),
})

const keyParameter: Parameter = {
  name: KEY_HEADER,
  in: 'header',
  required: false,
  description: 'For a day, the same request with the same key gets the same response, and is not carried out again',
  schema: Type.String({ minLength: 1, maxLength: 200 }),
}

function add(
  paths: Record<string, Record<string, Operation>>,
  path: string,
  method: string,
  operation: Operation,
): void {
  const name = path.replaceAll(/:(\w+)/g, '{$1}')
  paths[name] = { ...paths[name], [method]: operation }
}

const namesIn = (path: string): string[] => [...path.matchAll(/:(\w+)/g)].map(([, name]) => name!)
const operationId = (method: string, path: string): string =>
  `${method}${path.replaceAll(/[^a-zA-Z]+/g, '_')}`.replace(/_$/, '')

function parametersOf(path: string, schema: TObject): Parameter[] {
  const required: readonly string[] = schema.required ?? []
  const inPath = namesIn(path)
  return Object.entries(schema.properties).map(([name, property]) => ({
    name,
    in: inPath.includes(name) ? 'path' : 'query',
    required: inPath.includes(name) || required.includes(name),
    // A form sends every field, and an empty one is left out.
    ...(!inPath.includes(name) && !required.includes(name) && { allowEmptyValue: true }),
    schema: storable(property),
  }))
}

/** No text has a NUL, which no server stores: a request that has one is refused. */
function storable<Schema extends TSchema>(schema: Schema): Schema {
  const { type, pattern, format, enum: choices, items, properties, anyOf } = schema as Shape
  return {
    ...schema,
    ...(type === 'string' &&
      pattern === undefined &&
      format === undefined &&
      choices === undefined && { pattern: '^[^\\u0000]*$' }),
    ...(items && { items: storable(items) }),
    ...(anyOf && { anyOf: anyOf.map(storable) }),
    ...(properties && {
      properties: Object.fromEntries(Object.entries(properties).map(([name, property]) => [name, storable(property)])),
    }),
  }
}

interface Shape {
  type?: string
  pattern?: string
  format?: string
  enum?: unknown
  items?: TSchema
  anyOf?: TSchema[]
  properties?: Record<string, TSchema>
}

const without = (properties: Readonly<Record<string, TSchema>>, names: readonly string[]) =>
  Object.fromEntries(Object.entries(properties).filter(([name]) => !names.includes(name)))
