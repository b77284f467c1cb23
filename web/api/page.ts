/** The API, for people: the same description as `/api/openapi.json`. */
import type { TObject, TSchema } from 'typebox'
import { scrollable, section } from '../page/components.ts'
import { type Html, html } from '../page/html.ts'
import { plainPage } from '../page/layout.ts'
import { texts } from '../texts.ts'
import type { OpenApi, Operation, Parameter } from './openapi.ts'

const words = texts.api

export function apiPage({ paths, info }: OpenApi): Html {
  const all = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  )
  const areas = Map.groupBy(all, ({ path }) => path.split('/')[1]!)
  return plainPage(
    words.title,
    html`<p>${(info as { description: string }).description}</p>
${section(words.start, html`<pre>${words.example}</pre><p>${words.errors}</p><p><a href="/api/openapi.json">${words.document}</a></p>`)}
${[...areas].sort(([left], [right]) => (left < right ? -1 : 1)).map(([area, operations]) => section(area, html`${operations.map(operationOf)}`))}`,
    { isWide: true },
  )
}

const operationOf = ({ path, method, operation }: { path: string; method: string; operation: Operation }): Html =>
  html`<details class="disclose operation" id="${operation.operationId}"><summary><code><b>${method.toUpperCase()}</b> ${path}</code> <span class="quiet">${operation.summary}</span></summary>
<p class="small quiet">${operation.description}</p>
${fieldTable(words.parameters, operation.parameters)}
${bodyOf(operation)}
${answerOf(operation)}</details>`

const bodyOf = ({ requestBody }: Operation): Html | '' => {
  const schema = requestBody?.content['application/json']?.schema as TObject | undefined
  const fields = Object.entries(schema?.properties ?? {})
  const required: readonly string[] = schema?.required ?? []
  return fieldTable(
    words.body,
    fields.map(([name, property]) => ({ name, in: 'body', required: required.includes(name), schema: property })),
  )
}

type Field = Omit<Parameter, 'in'> & { in: string }

const fieldTable = (caption: string, fields: readonly Field[]): Html | '' =>
  fields.length === 0
    ? ''
    : html`<h3>${caption}</h3>${scrollable(
        caption,
        html`<table class="rows"><caption class="unseen">${caption}</caption><thead><tr><th scope="col">${words.name}</th><th scope="col">${words.in}</th><th scope="col">${words.kind}</th><th scope="col">${words.meaning}</th></tr></thead><tbody>${fields.map(
          ({ name, in: place, required, schema, description = (schema as { description?: string }).description }) =>
            html`<tr><td class="lead"><code>${name}</code>${required && html` <span class="tag">${words.required}</span>`}</td><td>${place}</td><td>${kindOf(schema)}</td><td>${description}</td></tr>`,
        )}</tbody></table>`,
      )}`

function answerOf({ responses }: Operation): Html | '' {
  const { content } = responses['200'] as { content: Record<string, { schema: TSchema }> }
  const files = Object.keys(content).filter((type) => type !== 'application/json')
  return html`<h3>${words.answer}</h3><p><code>${kindOf(content['application/json']!.schema)}</code></p>${
    files.length > 0 && html`<p class="small quiet">${words.alsoAs(files.join(', '))}</p>`
  }`
}

const DEPTH_MAX = 3

/** A schema in a line, as TypeScript would have it. */
function kindOf(schema: TSchema, depth = 0): string {
  const { type, enum: choices, anyOf, const: only, items, properties, format, minimum, maximum } = schema as Described
  if (choices !== undefined) return choices.map((choice) => JSON.stringify(choice)).join(' | ')
  if (only !== undefined) return JSON.stringify(only)
  if (anyOf !== undefined) return [...new Set(anyOf.map((each) => kindOf(each, depth)))].join(' | ')
  if (items !== undefined) return `${kindOf(items, depth)}[]`
  if (properties !== undefined) {
    if (depth >= DEPTH_MAX) return '{…}'
    const parts = Object.entries(properties).map(([name, property]) => `${name}: ${kindOf(property, depth + 1)}`)
    return `{ ${parts.join(', ')} }`
  }
  const range = minimum === undefined && maximum === undefined ? '' : ` ${minimum ?? ''}…${maximum ?? ''}`
  return `${format ?? type ?? words.anything}${range}`
}

interface Described {
  type?: string
  format?: string
  enum?: readonly unknown[]
  anyOf?: readonly TSchema[]
  const?: unknown
  items?: TSchema
  properties?: Readonly<Record<string, TSchema>>
  minimum?: number
  maximum?: number
}
