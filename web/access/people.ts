/** Who may sign in, as what, and which stores they see. */
import { Type } from 'typebox'
import { formatNumber } from '../../platform/format.ts'
import type { Scope } from '../../services/access/access.ts'
import { addPerson, listPeople, type Person, personRoles } from '../../services/access/people.ts'
import { action, question } from '../definition.ts'
import { form, input, section, select, state, typedList, utc } from '../page/components.ts'
import { html } from '../page/html.ts'
import { type Column, table } from '../page/table.ts'
import { choice, count, instant, nullable, text } from '../shapes.ts'
import { texts } from '../texts.ts'
import { administrationTabs } from './tabs.ts'

const words = texts.people

export const personPath = (person: string): string => `/administration/people/${encodeURIComponent(person)}`

export const personShape = {
  person: text,
  role: choice(personRoles),
  sees: Type.Array(text),
  sessions: count,
  createdAt: instant,
  createdBy: text,
  disabledAt: nullable(instant),
}

export const seesOf = (sees: readonly string[]): string => sees.join(', ') || words.nothing

export const peopleList = question({
  path: '/administration',
  apiPath: '/people',
  permission: 'people.see',
  summary: 'People who may sign in, with their role and what they see',
  query: Type.Object({}),
  answer: Type.Object({ people: Type.Array(Type.Object(personShape)) }),
  read: async ({ pool }) => ({ people: await listPeople(pool) }),
  rows: ({ people }) => people,
  page(view, { people }) {
    const { url, visitor } = view
    const columns: Column<Person>[] = [
      {
        name: 'name',
        heading: words.name,
        phone: 'lead',
        sortedBy: ({ person }) => person,
        cell: ({ person }) => html`<a class="title" href="${personPath(person)}">${person}</a>`,
      },
      {
        name: 'role',
        heading: words.role,
        sortedBy: ({ role }) => role,
        cell: ({ role }) => texts.roles[role],
      },
      { name: 'sees', heading: words.sees, cell: ({ sees }) => seesOf(sees) },
      {
        name: 'sessions',
        heading: words.sessions,
        isNumber: true,
        isNamed: true,
        sortedBy: ({ sessions }) => sessions,
        cell: ({ sessions }) => formatNumber(visitor.locale, sessions),
      },
      {
        name: 'state',
        heading: words.state,
        phone: 'aside',
        sortedBy: ({ disabledAt }) => Number(disabledAt ?? 0),
        cell: ({ disabledAt }) => (disabledAt === null ? state('ok', words.enabled) : state('off', words.disabled)),
      },
      {
        name: 'added',
        heading: words.added,
        phone: 'none',
        sortedBy: ({ createdAt }) => createdAt.getTime(),
        cell: ({ createdAt, createdBy }) => html`${utc(createdAt)} <span class="quiet">${createdBy}</span>`,
      },
    ]
    return {
      title: words.title,
      note: words.note(people.length),
      body: html`${administrationTabs(view)}
${table({ caption: words.title, columns, rows: people, url, locale: visitor.locale, csv: '/api/v1/people?format=csv' })}
${section(
  words.add,
  html`<p class="small quiet">${words.addHint}</p>${form(
    '/people/add',
    {},
    html`<div class="fields">${input('person', words.name, '', html`required maxlength="63" autocapitalize="none" placeholder="maria"`)}
${select(
  'role',
  words.role,
  personRoles.map((value) => ({ value, label: texts.roles[value] })),
  undefined,
)}
${input('stores', words.stores, '', html`placeholder="${words.storesHint}"`)}${input('regions', words.regions, '')}
<button class="main">${words.add}</button></div>`,
    url,
  )}`,
)}`,
    }
  },
})

/** Names of stores and regions: typed as lists. */
export const scopeFields = {
  stores: Type.Optional(Type.Array(Type.String({ maxLength: 2_000 }), { maxItems: 1_000 })),
  regions: Type.Optional(Type.Array(Type.String({ maxLength: 2_000 }), { maxItems: 1_000 })),
}

/** A region's name may have spaces: only commas separate regions. */
export const scopesOf = ({ stores, regions = [] }: { stores?: string[]; regions?: string[] }): Scope[] => [
  ...typedList(stores).map((store): Scope => ({ scope: 'store', store, region: null })),
  ...regions
    .flatMap((names) => names.split(','))
    .map((name) => name.trim())
    .filter((name) => name !== '')
    .map((region): Scope => ({ scope: 'region', store: null, region })),
]

export const addPersonAction = action({
  path: '/people/add',
  permission: 'people.decide',
  summary: 'Add a person; the response has their password, once',
  input: Type.Object({
    person: Type.String({ minLength: 1, maxLength: 63 }),
    role: Type.Enum([...personRoles]),
    ...scopeFields,
  }),
  answer: Type.Object({ person: text, role: choice(personRoles), password: text }),
  secrets: ['password'],
  run: ({ pool, visitor }, { person, role, ...scopes }) =>
    addPerson(pool, { person, role, scopes: scopesOf(scopes) }, visitor.person),
  done: ({ person, password }) => ({ text: words.password(person, password) }),
})
