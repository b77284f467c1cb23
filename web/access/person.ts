/** One person: what they may, what they see, which orders they may approve, their tokens, and what they did last. */
import { Type } from 'typebox'
import { grantAccess, revokeAccess, type Scope } from '../../services/access/access.ts'
import { listActions } from '../../services/access/actions.ts'
import {
  type Person,
  personRoles,
  readPerson,
  resetPassword,
  setDisabled,
  setRole,
} from '../../services/access/people.ts'
import { listTokens } from '../../services/access/tokens.ts'
import {
  type Approver,
  addApprover,
  readApprovalRoles,
  readApproverRoles,
  removeApprover,
} from '../../services/purchase-orders/approvals.ts'
import { action, question, type View } from '../definition.ts'
import { facts, form, input, message, section, select, state, utc } from '../page/components.ts'
import { type Html, html } from '../page/html.ts'
import { nullable, text } from '../shapes.ts'
import { texts } from '../texts.ts'
import { actionShape, actionTable } from './actions.ts'
import { personShape, scopeFields, scopesOf, seesOf } from './people.ts'
import { createForm, tokenShape, tokenTable } from './tokens.ts'

const words = texts.people
const ACTIONS_SHOWN = 10

const approverShape = Type.Object({
  person: text,
  role: text,
  fromValue: nullable(text),
  locationId: nullable(text),
  delegateTo: nullable(text),
  delegateUntil: nullable(text),
})

export const personDetail = question({
  path: '/administration/people/:person',
  apiPath: '/people/:person',
  permission: 'people.see',
  summary: 'One person: role, scopes, roles of approvals, tokens, and the newest actions',
  query: Type.Object({ person: Type.String({ maxLength: 63 }) }),
  answer: Type.Object({
    ...personShape,
    approvals: Type.Array(approverShape),
    approvalRoles: Type.Array(text),
    tokens: Type.Array(tokenShape),
    actions: Type.Array(actionShape),
  }),
  async read({ pool }, { person: name }) {
    const person = await readPerson(pool, name)
    return {
      ...person,
      approvals: await readApproverRoles(pool, name),
      approvalRoles: await readApprovalRoles(pool),
      tokens: await listTokens(pool, name),
      actions: (await listActions(pool, { person: name, limit: ACTIONS_SHOWN })).items,
    }
  },
  page(view, { approvals, approvalRoles, tokens, actions, ...person }) {
    const { url } = view
    return {
      title: person.person,
      note: html`<a href="/administration">${words.title}</a> · ${texts.roles[person.role]} · ${seesOf(person.sees)}`,
      body: html`${person.disabledAt && message('watch', html`${words.disabledSince} ${utc(person.disabledAt)}`)}
<div class="columns"><div>
${section(words.scope, scopes(view, person))}
${section(words.approvals, approverRoles(view, person.person, approvals, approvalRoles))}
${section(texts.tokens.title, html`${tokens.length > 0 && tokenTable(view, tokens)}${createForm(view, person.person)}`)}
${section(
  words.recent,
  actions.length === 0 ? html`<p class="quiet">${words.nothingDone}</p>` : actionTable(view, actions),
  html`<a href="/administration/actions?person=${encodeURIComponent(person.person)}">${words.allActions}</a>`,
)}</div>
<aside>${facts([
        [words.state, person.disabledAt === null ? state('ok', words.enabled) : state('off', words.disabled)],
        [words.sessions, String(person.sessions)],
        [words.added, html`${utc(person.createdAt)}`],
        [words.addedBy, person.createdBy],
      ])}
${section(
  words.access,
  html`${roleForm(url, person)}
${form('/people/password', { person: person.person }, html`<p class="small quiet">${words.newPasswordMeans}</p><button>${words.newPassword}</button>`, url)}
${
  person.disabledAt === null
    ? form(
        '/people/disable',
        { person: person.person },
        html`<p class="small quiet">${words.disableMeans}</p><button class="danger">${words.disable}</button>`,
        url,
      )
    : form('/people/enable', { person: person.person }, html`<button>${words.enable}</button>`, url)
}`,
)}</aside></div>`,
    }
  },
})

const roleForm = (url: URL, { person, role }: Person): Html =>
  form(
    '/people/role',
    { person },
    html`<div class="fields">${select(
      'role',
      words.role,
      personRoles.map((value) => ({ value, label: texts.roles[value] })),
      role,
    )}<button>${words.setRole}</button></div>`,
    url,
  )

function scopes({ url }: View, { person, sees }: Person): Html {
  const fieldsOf = (one: string): Record<string, string> => {
    const [, kind, name] = /^(store|region) (.*)$/.exec(one) ?? []
    return kind === undefined ? { everything: 'true' } : { [`${kind}s`]: name! }
  }
  return html`<ul class="entries">${sees.map(
    (one) =>
      html`<li><span>${one === 'all' ? words.everything : one}</span>${form(
        '/people/revoke',
        { person, ...fieldsOf(one) },
        html`<button class="small" aria-label="${words.revokeOne(one)}">${words.revoke}</button>`,
        url,
      )}</li>`,
  )}</ul>
${form(
  '/people/grant',
  { person },
  html`<div class="fields">${input('stores', words.stores, '', html`placeholder="${words.storesHint}"`)}${input('regions', words.regions, '')}
<label class="tick"><input type="checkbox" name="everything" value="true"> ${words.everything}</label><button>${words.grant}</button></div>`,
  url,
)}`
}

const approverRoles = ({ url }: View, person: string, roles: readonly Approver[], all: readonly string[]): Html =>
  html`${
    roles.length === 0
      ? html`<p class="quiet">${words.noRoles}</p>`
      : html`<ul class="entries">${roles.map(
          ({ role, fromValue, locationId }) =>
            html`<li><span>${role} · ${locationId ?? words.allLocations}${fromValue && html` <span class="quiet">${words.fromValue(fromValue)}</span>`}</span>${form(
              '/people/approvals/remove',
              { person, role, ...(locationId !== null && { location: locationId }) },
              html`<button class="small" aria-label="${words.removeOne(role)}">${words.removeRole}</button>`,
              url,
            )}</li>`,
        )}</ul>`
  }
${form(
  '/people/approvals/add',
  { person },
  html`<div class="fields">${select(
    'role',
    words.approver,
    all.map((value) => ({ value, label: value })),
    undefined,
  )}${input('location', words.location, '', html`placeholder="${words.allLocations}"`)}<button>${words.addRole}</button></div>`,
  url,
)}`

const named = { person: Type.String({ minLength: 1, maxLength: 63 }) }
const scoped = Type.Object({ ...named, ...scopeFields, everything: Type.Optional(Type.Boolean()) })
const wanted = ({ everything, ...names }: { everything?: boolean; stores?: string[]; regions?: string[] }): Scope[] => [
  ...scopesOf(names),
  ...(everything ? [{ scope: 'all', store: null, region: null } as const] : []),
]
const personAnswer = Type.Object(personShape)

export const personActions = [
  action({
    path: '/people/role',
    permission: 'people.decide',
    summary: 'Give a person another role',
    input: Type.Object({ ...named, role: Type.Enum([...personRoles]) }),
    answer: personAnswer,
    async run({ pool }, { person, role }) {
      await setRole(pool, person, role)
      return readPerson(pool, person)
    },
    done: ({ person, role }) => ({ text: words.roleSet(person, texts.roles[role].toLowerCase()) }),
  }),
  action({
    path: '/people/password',
    permission: 'people.decide',
    summary: 'Give a person a new password, once, and end their sessions',
    input: Type.Object(named),
    answer: Type.Object({ person: text, password: text }),
    secrets: ['password'],
    run: async ({ pool }, { person }) => ({ person, password: await resetPassword(pool, person) }),
    done: ({ person, password }) => ({ text: words.password(person, password) }),
  }),
  ...([true, false] as const).map((isDisabled) =>
    action({
      path: isDisabled ? '/people/disable' : '/people/enable',
      permission: 'people.decide',
      summary: isDisabled
        ? 'End a person’s sessions and tokens, and let them sign in no more'
        : 'Let a person sign in again',
      input: Type.Object(named),
      answer: personAnswer,
      async run({ pool }, { person }) {
        await setDisabled(pool, person, isDisabled)
        return readPerson(pool, person)
      },
      done: ({ person }) => ({
        text: isDisabled ? words.isDisabled(person) : words.isEnabled(person),
        undo: { path: isDisabled ? '/people/enable' : '/people/disable', fields: { person } },
      }),
    }),
  ),
  action({
    path: '/people/grant',
    permission: 'people.decide',
    summary: 'Grant a person access to stores, regions or everything, in addition to what they see',
    input: scoped,
    answer: personAnswer,
    async run({ pool }, { person, ...scopes }) {
      await readPerson(pool, person)
      await grantAccess(pool, person, wanted(scopes))
      return readPerson(pool, person)
    },
    done: ({ person, sees }) => ({ text: words.granted(person, seesOf(sees)) }),
  }),
  action({
    path: '/people/revoke',
    permission: 'people.decide',
    summary: 'Revoke the access of a person to stores, regions or everything; without values, all of it',
    input: scoped,
    answer: personAnswer,
    async run({ pool }, { person, ...scopes }) {
      await readPerson(pool, person)
      await revokeAccess(pool, person, wanted(scopes))
      return readPerson(pool, person)
    },
    done: ({ person, sees }) => ({ text: words.granted(person, seesOf(sees)) }),
  }),
  action({
    path: '/people/approvals/add',
    permission: 'people.decide',
    summary: 'Add a role for approvals to a person, for one location or for all',
    input: Type.Object({
      ...named,
      role: Type.String({ minLength: 1, maxLength: 100 }),
      location: Type.Optional(Type.String({ maxLength: 200 })),
    }),
    answer: Type.Object({ person: text, role: text }),
    async run({ pool, visitor }, { person, role, location }) {
      await readPerson(pool, person)
      await addApprover(pool, { person, role, ...(location !== undefined && { location }) }, undefined, visitor.person)
      return { person, role }
    },
    done: ({ person, role }) => ({ text: words.approverAdded(person, role) }),
  }),
  action({
    path: '/people/approvals/remove',
    permission: 'people.decide',
    summary: 'Remove a role for approvals from a person; without a location, for all locations',
    input: Type.Object({
      ...named,
      role: Type.String({ minLength: 1, maxLength: 100 }),
      location: Type.Optional(Type.String({ maxLength: 200 })),
    }),
    answer: Type.Object({ person: text, role: text }),
    async run({ pool }, { person, role, location }) {
      await removeApprover(pool, { person, role, ...(location !== undefined && { location }) })
      return { person, role }
    },
    done: ({ person, role }) => ({ text: words.approverRemoved(person, role) }),
  }),
]
