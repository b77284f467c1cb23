/** The description of the API (OpenAPI 3.1), from the definitions that serve it. */
import type { TObject, TSchema } from 'typebox'
import type { Action, Question } from '../definition.ts'

const problem = { $ref: '#/components/responses/Problem' }
const problems = { '400': problem, '401': problem, '403': problem, '404': problem, '409': problem, '503': problem }

export function openApiDocument(questions: readonly Question[], actions: readonly Action[]): object {
  const paths: Record<string, Record<string, object>> = {}
  for (const { path: ownPath, apiPath: path = ownPath, summary, query, rows } of questions) {
    const content = { 'application/json': { schema: {} }, ...(rows && { 'text/csv': { schema: { type: 'string' } } }) }
    const format = { name: 'format', in: 'query', schema: { enum: ['csv'] }, description: 'csv: the rows as CSV' }
    add(paths, path, 'get', {
      summary,
      operationId: operationId('get', path),
      parameters: [...parametersOf(path, query), ...(rows ? [format] : [])],
      responses: { '200': { description: 'OK', content }, ...problems },
    })
  }
  for (const { path, summary, input } of actions) {
    const names = namesIn(path)
    const body = {
      ...input,
      properties: without(input.properties, names),
      required: (input.required ?? []).filter((name: string) => !names.includes(name)),
    }
    add(paths, path, 'post', {
      summary,
      operationId: operationId('post', path),
      parameters: parametersOf(path, input).filter((parameter) => parameter.in === 'path'),
      requestBody: { content: { 'application/json': { schema: body } } },
      responses: { '200': { description: 'Done', content: { 'application/json': { schema: {} } } }, ...problems },
    })
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Shelfline',
      version: '1',
      description: 'Every page’s data and action. Who acts is the person who is signed in; rows are theirs.',
    },
    servers: [{ url: '/api/v1' }],
    security: [{ session: [] }],
    paths,
    components: {
      securitySchemes: { session: { type: 'apiKey', in: 'cookie', name: 'shelfline' } },
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

function add(paths: Record<string, Record<string, object>>, path: string, method: string, operation: object): void {
  const name = path.replaceAll(/:(\w+)/g, '{$1}')
  paths[name] = { ...paths[name], [method]: operation }
}

const namesIn = (path: string): string[] => [...path.matchAll(/:(\w+)/g)].map(([, name]) => name!)
const operationId = (method: string, path: string): string =>
  `${method}${path.replaceAll(/[^a-zA-Z]+/g, '_')}`.replace(/_$/, '')

function parametersOf(path: string, schema: TObject) {
  const required: readonly string[] = schema.required ?? []
  const inPath = namesIn(path)
  return Object.entries(schema.properties).map(([name, property]) => ({
    name,
    in: inPath.includes(name) ? 'path' : 'query',
    required: inPath.includes(name) || required.includes(name),
    schema: property,
  }))
}

const without = (properties: Readonly<Record<string, TSchema>>, names: readonly string[]) =>
  Object.fromEntries(Object.entries(properties).filter(([name]) => !names.includes(name)))
