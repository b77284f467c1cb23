/**
 * What can be asked and done. One definition gives the page, its form, the API and its description; who may is part of it.
 *
 * A question is asked by GET and changes nothing; an action is asked by POST. The person who asks is the one who is signed in: no
 * definition takes a name.
 */

import type { Client } from '@temporalio/client'
import type { Static, TObject, TSchema } from 'typebox'
import type { Logger } from '../platform/log.ts'
import type { Pool } from '../platform/postgres/postgres.ts'
import type { Settings } from '../platform/settings/settings.ts'
import type { Actor } from '../services/access/actor.ts'
import type { PersonRole } from '../services/access/people.ts'
import type { Permission } from '../services/access/permissions.ts'
import type { TokenIdentity } from '../services/access/tokens.ts'
import type { Html } from './page/html.ts'
import type { Servers } from './servers.ts'

export interface Dependencies {
  settings: Settings
  logger: Logger
  /** Of the login shelfline_web, speaking for no one. */
  pool: Pool
  servers: Servers
}

/** Who asks. */
export interface Visitor {
  person: Actor
  role: PersonRole
  /** `all`, `store 367`, `region West`. */
  sees: readonly string[]
  /** BCP 47, such as `en-GB`. */
  locale: string
  theme: Theme
  /** Of a person in a browser: what their session is known by. */
  session?: string
  /** Of a program: the token that it has sent. */
  token?: TokenIdentity
}

export const themes = ['system', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]

export interface Asked {
  visitor: Visitor
  /** Speaks for the visitor; of a question it reads only. */
  pool: Pool
  servers: Servers
  settings: Settings
  /** Aborted when the one who asks no longer waits for the answer. */
  readonly signal: AbortSignal
}

/** What a page is made from, beside its data. */
export interface View {
  visitor: Visitor
  /** As it was asked for, with its filters. */
  url: URL
}

export interface Question<Query extends TObject = TObject, Answer = unknown> {
  /** Such as `/orders/:id`. */
  path: string
  /** Below `/api/v1`, when it is another. */
  apiPath?: string
  permission: Permission
  summary: string
  query: Query
  /** What the API answers. */
  answer: TSchema
  read(asked: Asked, query: Static<Query>): Promise<Answer>
  /** It shows data of people: what kind of thing, for the audit log. Who looked is recorded before it is read. */
  personal?: string
  /** It asks what would be: it may write what it rolls back. */
  rehearses?: boolean
  /** Left out: only the API gives it. */
  page?(view: View, answer: Answer, query: Static<Query>): Page
  /** The same as rows, for files. */
  rows?(answer: Answer): readonly object[]
  /** The same on paper. */
  pdf?(answer: Answer, visitor: Visitor): Promise<Uint8Array<ArrayBuffer>>
}

export interface Page {
  title: string
  /** Shown under the title: what it is about, and as of when. */
  note?: Html | string
  /** Buttons and links beside the title. */
  actions?: Html
  /** Where its values change by themselves: the address of the event stream. */
  live?: string
  /** A browser module that only this page needs; it takes the live values itself. */
  script?: 'map.js' | 'layout.js' | 'whatif.js'
  body: Html
}

export interface Action<Input extends TObject = TObject, Output = unknown> {
  path: string
  permission: Permission
  summary: string
  input: Input
  /** What the API answers. */
  answer: TSchema
  run(asked: Asked, input: Static<Input>): Promise<Output>
  /** It changes nothing: it has no form, and is not recorded. */
  isQuestion?: true
  /** Names of the input and of the output that are kept nowhere. */
  secrets?: readonly string[]
  /** What happened to what, for the person who did it in a form. */
  done?(output: Output, input: Static<Input>): Notice
}

export interface Notice {
  text: string
  kind?: 'done' | 'failed'
  /** Where the person goes then; left out: back to the page of the form. */
  href?: string
  /** An action that takes it back. */
  undo?: { path: string; fields: Readonly<Record<string, string>> }
}

/** What is read has the shape of the answer: one that lacks a field does not compile. */
export const question = <Query extends TObject, Schema extends TSchema, Answer extends Static<Schema>>(
  definition: Question<Query, Answer> & { answer: Schema },
) => definition as unknown as Question
export const action = <Input extends TObject, Schema extends TSchema, Output extends Static<Schema>>(
  definition: Action<Input, Output> & { answer: Schema },
) => definition as unknown as Action

/** The Temporal client, when it can be reached. */
export type TemporalClient = Client
