/** Tokens of programs. */
import { Type } from 'typebox'
import { isAllowed } from '../../services/access/permissions.ts'
import {
  type ApiToken,
  createToken,
  listTokens,
  revokeToken,
  TOKEN_DAYS_MAX,
  type TokenScope,
  tokenScopes,
} from '../../services/access/tokens.ts'
import { action, question, type View } from '../definition.ts'
import { empty, form, input, type State, section, state, typedList, utc } from '../page/components.ts'
import { type Html, html } from '../page/html.ts'
import { type Column, table } from '../page/table.ts'
import { choice, flag, instant, nullable, text } from '../shapes.ts'
import { texts } from '../texts.ts'
import { administrationTabs } from './tabs.ts'

const words = texts.tokens
const DAYS_USUAL = '90'

const states: Record<ApiToken['state'], State> = { active: 'ok', expired: 'off', revoked: 'off' }

export const tokenShape = Type.Object({
  tokenId: text,
  person: text,
  name: text,
  scopes: Type.Array(choice(tokenScopes)),
  state: choice(['active', 'expired', 'revoked']),
  createdAt: instant,
  createdBy: text,
  expiresAt: instant,
  lastUsedAt: nullable(instant),
  revokedAt: nullable(instant),
  revokedBy: nullable(text),
})

export const tokenList = question({
  path: '/administration/tokens',
  apiPath: '/tokens',
  permission: 'people.see',
  summary: 'Tokens of programs, those that can be used first',
  query: Type.Object({ person: Type.Optional(Type.String({ maxLength: 63 })) }),
  answer: Type.Object({ tokens: Type.Array(tokenShape) }),
  read: async ({ pool }, { person }) => ({ tokens: await listTokens(pool, person) }),
  rows: ({ tokens }) => tokens,
  page: (view, { tokens }) => ({
    title: words.title,
    note: html`${words.note} <a href="/api">${words.api}</a>`,
    body: html`${administrationTabs(view)}
${tokens.length === 0 ? empty(words.noneTitle, words.none) : tokenTable(view, tokens)}
${section(words.create, createForm(view))}`,
  }),
})

/** @param revoke the action that revokes one */
export function tokenTable({ url, visitor }: View, tokens: readonly ApiToken[], revoke = '/tokens/revoke'): Html {
  const mayRevoke = revoke !== '/tokens/revoke' || isAllowed(visitor.role, 'people.decide')
  const columns: Column<ApiToken>[] = [
    {
      name: 'name',
      heading: words.name,
      phone: 'lead',
      cell: ({ name, tokenId }) => html`<b>${name}</b> <code class="quiet">${tokenId}</code>`,
    },
    { name: 'person', heading: words.person, isNamed: true, cell: ({ person }) => person },
    { name: 'scopes', heading: words.scopes, cell: ({ scopes }) => scopes.join(', ') },
    {
      name: 'state',
      heading: words.state,
      phone: 'aside',
      cell: (token) => state(states[token.state], words.states[token.state]),
    },
    { name: 'expires', heading: words.expires, isNamed: true, cell: ({ expiresAt }) => utc(expiresAt) },
    {
      name: 'used',
      heading: words.lastUsed,
      isNamed: true,
      cell: ({ lastUsedAt }) => (lastUsedAt === null ? words.never : utc(lastUsedAt)),
    },
    { name: 'by', heading: words.madeBy, phone: 'none', cell: ({ createdBy }) => createdBy },
    {
      name: 'act',
      heading: '',
      cell: (token) =>
        mayRevoke && token.state === 'active'
          ? form(
              revoke,
              { token: token.tokenId },
              html`<button class="small" aria-label="${words.revokeOne(token.name)}">${words.revoke}</button>`,
              url,
            )
          : '',
    },
  ]
  return table({ caption: words.title, columns, rows: tokens, url, locale: visitor.locale })
}

export const createForm = ({ url }: View, person = ''): Html =>
  form(
    '/tokens/create',
    {},
    html`<div class="fields">${input('name', words.name, '', html`required maxlength="100" placeholder="${words.nameHint}"`)}${input('person', words.person, person, html`required maxlength="63"`)}
${input('scopes', words.scopes, 'read', html`required title="${words.scopesHint}"`)}${input('days', words.days, DAYS_USUAL, html`type="number" min="1" max="${TOKEN_DAYS_MAX}" required`)}
<button>${words.create}</button></div>`,
    url,
  )

export const tokenActions = [
  action({
    path: '/tokens/create',
    permission: 'people.decide',
    summary: 'Create a token that acts as a person; the response has it, once',
    input: Type.Object({
      name: Type.String({ minLength: 1, maxLength: 100 }),
      person: Type.String({ minLength: 1, maxLength: 63 }),
      scopes: Type.Array(Type.String({ maxLength: 2_000 }), { minItems: 1, maxItems: 100 }),
      days: Type.Integer({ minimum: 1, maximum: TOKEN_DAYS_MAX }),
    }),
    answer: Type.Object({ tokenId: text, token: text, person: text, expiresAt: instant }),
    secrets: ['token'],
    run: ({ pool, visitor }, { scopes, ...wanted }) =>
      createToken(pool, { ...wanted, scopes: typedList(scopes) as TokenScope[] }, visitor.person),
    done: ({ token }) => ({ text: words.created(token) }),
  }),
  action({
    path: '/tokens/revoke',
    permission: 'people.decide',
    summary: 'Revoke a token',
    input: Type.Object({ token: Type.String({ minLength: 1, maxLength: 100 }) }),
    answer: Type.Object({ token: text, isChanged: flag }),
    run: async ({ pool, visitor }, { token }) => ({ token, isChanged: await revokeToken(pool, token, visitor.person) }),
    done: ({ isChanged }) => ({ text: isChanged ? words.revoked : words.wasRevoked }),
  }),
]
