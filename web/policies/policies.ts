/** The rules that shelves, warehouses and orders are run by: what holds, what a change would do, and what was changed. */
import { type TSchema, Type } from 'typebox'
import { formatNumber } from '../../platform/format.ts'
import { isAllowed } from '../../services/access/permissions.ts'
import { withProducer } from '../../services/kafka.ts'
import {
  listPolicyVersions,
  type PolicyChange,
  type PolicyKind,
  type PolicyPreview,
  type PolicyScope,
  type PolicyValue,
  type PolicyVersion,
  placeOf,
  policyField,
  policyKinds,
  policyValues,
  previewPolicy,
  readPolicy,
  setPolicy,
} from '../../services/policies/policies.ts'
import { action, question, type View } from '../definition.ts'
import { addressWith, chips, filters, form, history, input, message, section, utc } from '../page/components.ts'
import { type Html, html } from '../page/html.ts'
import { type Column, table } from '../page/table.ts'
import { anyObject, choice, count, instant, nullable, text } from '../shapes.ts'
import { texts } from '../texts.ts'

const words = texts.policies
const VERSIONS_SHOWN = 20

const allValues = [...new Set(policyKinds.flatMap((kind): readonly string[] => policyValues[kind]))]
const scope = {
  kind: Type.Optional(Type.Enum([...policyKinds])),
  place: Type.Optional(Type.String({ maxLength: 200 })),
  category: Type.Optional(Type.String({ maxLength: 200 })),
  product: Type.Optional(Type.String({ maxLength: 200 })),
}
const values = Object.fromEntries(
  allValues.map((name): [string, TSchema] => [name, Type.Optional(Type.String({ maxLength: 30 }))]),
)
const why = Type.String({ minLength: 1, maxLength: 200 })

type Given = { [name: string]: string | undefined } & { kind?: PolicyKind }

const scopeOf = ({ kind = 'shelf', place, category, product }: Given): PolicyScope => ({
  kind,
  place,
  category,
  product,
})
const valuesOf = (given: Given): Record<string, string> =>
  Object.fromEntries(allValues.flatMap((name) => (given[name] === undefined ? [] : [[name, given[name]]])))

const valueShape = Type.Object({
  name: text,
  value: nullable(text),
  policy_id: nullable(text),
  changed_by: nullable(text),
  effective_at: nullable(instant),
})
const spreadShape = Type.Array(Type.Object({ name: text, value: nullable(text), items: count }))
const previewShape = Type.Object({
  before: Type.Array(valueShape),
  after: Type.Array(valueShape),
  spreadBefore: spreadShape,
  spreadAfter: spreadShape,
  dueBefore: nullable(count),
  dueAfter: nullable(count),
})
const versionShape = Type.Object({
  kind: choice(policyKinds),
  policy_id: text,
  version: count,
  effective_at: instant,
  changed_by: text,
  reason: text,
  values: anyObject,
})

export const policyPage = question({
  path: '/policies',
  permission: 'policies.see',
  summary: 'The values that apply to a scope, the effect of a change, and the newest versions',
  query: Type.Object({ ...scope, ...values }),
  answer: Type.Object({
    kind: choice(policyKinds),
    values: Type.Array(valueShape),
    preview: nullable(previewShape),
    versions: Type.Array(versionShape),
  }),
  rehearses: true,
  async read({ pool, visitor }, query) {
    const given = query as Given
    const wanted = scopeOf(given)
    const change = valuesOf(given)
    const { items: versions } = await listPolicyVersions(pool, { kind: wanted.kind, limit: VERSIONS_SHOWN })
    const isChange = Object.keys(change).length > 0 && isAllowed(visitor.role, 'policies.decide')
    const preview = isChange
      ? await previewPolicy(pool, { ...wanted, values: change, by: visitor.person, why: words.preview })
      : null
    return { kind: wanted.kind, values: await readPolicy(pool, wanted), preview, versions }
  },
  rows: ({ values }) => values,
  page(view, { kind, values: held, preview, versions }, query) {
    const { url, visitor } = view
    const given = query as Given
    return {
      title: words.title,
      note: words.note,
      body: html`${chips(
        policyKinds.map((each) => ({
          label: words.kinds[each],
          href: `/policies?kind=${each}`,
          isCurrent: each === kind,
        })),
      )}
${filters(
  url,
  html`<input type="hidden" name="kind" value="${kind}">${input('place', words.places[kind], given.place)}${input('category', words.category, given.category)}${input('product', words.product, given.product)}`,
  [given.place, given.category, given.product].some((value) => value !== undefined),
)}
${preview && section(words.previewTitle, previewOf(view, given, preview))}
${section(words.holds, valueTable(view, kind, held))}
${isAllowed(visitor.role, 'policies.decide') && section(words.change, changeForm(given, kind, held))}
${section(words.history, versions.length === 0 ? html`<p class="quiet">${words.noHistory}</p>` : history(versions.map(stepOf)))}`,
    }
  },
})

function valueTable({ url, visitor }: View, kind: PolicyKind, held: readonly PolicyValue[]): Html {
  const columns: Column<PolicyValue>[] = [
    {
      name: 'value',
      heading: words.value,
      phone: 'lead',
      cell: ({ name }) => html`<b>${inWords(name)}</b><span class="under">${meaningOf(kind, name)}</span>`,
    },
    {
      name: 'holds',
      heading: words.holds,
      isNumber: true,
      phone: 'aside',
      cell: ({ value }) => value ?? words.none,
    },
    {
      name: 'from',
      heading: words.from,
      isNamed: true,
      cell: ({ policy_id }) => policy_id ?? words.defaultValue,
    },
    {
      name: 'by',
      heading: words.changedBy,
      isNamed: true,
      cell: ({ changed_by, effective_at }) =>
        changed_by && html`${changed_by}${effective_at && html` · ${utc(effective_at)}`}`,
    },
  ]
  return table({ caption: words.holds, columns, rows: held, url, locale: visitor.locale })
}

/** Values are in the address: a link shows other people what a change would do before it is made. */
const changeForm = (given: Given, kind: PolicyKind, held: readonly PolicyValue[]): Html =>
  html`<p class="small quiet">${words.changeHint}</p>
<form method="get" action="/policies">${scopeFields(given, kind)}
<div class="fields">${held.map(({ name, value }) => input(name, inWords(name), given[name], html`placeholder="${value ?? ''}" maxlength="30"`))}
<button class="main">${words.preview}</button></div></form>`

const scopeFields = (given: Given, kind: PolicyKind): Html =>
  html`${Object.entries(scopeOf({ ...given, kind })).map(([name, value]) => value !== undefined && html`<input type="hidden" name="${name}" value="${value}">`)}`

function previewOf({ url, visitor }: View, given: Given, preview: PolicyPreview): Html {
  const { kind = 'shelf' } = given
  const change = valuesOf(given)
  const number = (value: number) => formatNumber(visitor.locale, value)
  const valueIn = (all: readonly PolicyValue[], name: string) =>
    all.find((each) => each.name === name)?.value ?? words.none
  const spreadIn = (all: PolicyPreview['spreadBefore'], name: string) =>
    html`${all
      .filter((each) => each.name === name)
      .slice(0, SPREAD_SHOWN)
      .map(
        ({ value, items }) =>
          html`<div><b>${value ?? words.none}</b> <span class="quiet">${words.items(number(items), kind)}</span></div>`,
      )}`
  const back = new URL(`/policies?${new URLSearchParams({ kind })}`, url)
  const fields = Object.fromEntries(
    Object.entries({ ...scopeOf(given), ...change }).filter(
      (field): field is [string, string] => field[1] !== undefined,
    ),
  )
  return html`<table class="rows"><caption class="unseen">${words.previewTitle}</caption><thead><tr><th scope="col">${words.value}</th><th scope="col" class="number">${words.before}</th><th scope="col" class="number">${words.after}</th><th scope="col">${words.spread}: ${words.before.toLowerCase()}</th><th scope="col">${words.spread}: ${words.after.toLowerCase()}</th></tr></thead>
<tbody>${Object.keys(change).map(
    (name) =>
      html`<tr><td class="lead"><b>${inWords(name)}</b></td><td class="number">${valueIn(preview.before, name)}</td><td class="number aside"><b>${valueIn(preview.after, name)}</b></td><td>${spreadIn(preview.spreadBefore, name)}</td><td>${spreadIn(preview.spreadAfter, name)}</td></tr>`,
  )}</tbody></table>
${preview.dueBefore !== null && preview.dueAfter !== null && message('watch', words.due(number(preview.dueBefore), number(preview.dueAfter)))}
${form('/policies/set', fields, html`<div class="fields"><label class="wide">${words.why}<input name="why" required maxlength="200"></label><button class="main">${words.save}</button><a class="button" href="${addressWith(url, Object.fromEntries(Object.keys(change).map((name) => [name, null])))}">${texts.filter.clear}</a></div>`, back)}`
}

const SPREAD_SHOWN = 5

const stepOf = ({ kind, policy_id, version, effective_at, changed_by, reason, values }: PolicyVersion) => ({
  what: html`<b>${words.kinds[kind]}</b> ${policy_id} · ${words.version(version)} · ${Object.entries(values)
    .map(([name, value]) => `${inWords(name).toLowerCase()} ${value}`)
    .join(', ')}`,
  why: reason,
  when: html`${changed_by} · ${utc(effective_at)}`,
})

const inWords = (name: string): string => name.replaceAll('_', ' ').replace(/^./, (letter) => letter.toUpperCase())
const meaningOf = (kind: PolicyKind, name: string): string =>
  policyField(kind, name).description.replaceAll(/`"?([^`"]*)"?`/g, '$1')

export const policyActions = [
  action({
    path: '/policies/set',
    permission: 'policies.decide',
    summary: `Change a policy of a kind (${policyKinds.join(', ')}), and wait until it applies; the place is a ${Object.values(placeOf).join(', ')}`,
    input: Type.Object({ ...scope, ...values, why }),
    answer: Type.Object({ kind: choice(policyKinds), values: Type.Array(valueShape) }),
    async run({ pool, servers, visitor }, input) {
      const given = input as Given
      const change: PolicyChange = { ...scopeOf(given), values: valuesOf(given), by: visitor.person, why: given.why! }
      const values = await servers.kafka((kafka) =>
        withProducer(kafka, (producer) => setPolicy({ pool, producer }, change)),
      )
      return { kind: change.kind, values }
    },
    done: () => ({ text: words.saved }),
  }),
]
