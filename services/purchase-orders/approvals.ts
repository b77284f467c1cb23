/** Which orders wait for approval, and who may approve them. */

import type { Pool } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'
import type { Actor } from '../access/actor.ts'
import { InvalidError, NotFoundError } from '../errors.ts'
import { requireChoice, requireInstant } from '../values.ts'

export interface WaitingOrder {
  purchaseOrderId: string
  supplierId: string
  locationId: string
  /** Decimal text, money. */
  totalValue: string
  currency: string
  role: string
  /** Approvals that it has and needs. */
  given: number
  needed: number
  isEscalated: boolean
  /** ISO 8601. */
  expiresAt: string | null
  risks: string[]
  /** At most 20 people. */
  whoMay: string[]
}

export interface Approver {
  person: string
  role: string
  /** Decimal text: the value from which orders need the role; null: no tier has it. */
  fromValue: string | null
  /** Null: all. */
  locationId: string | null
  delegateTo: string | null
  /** ISO 8601. */
  delegateUntil: string | null
}

/** The orders that wait, those that expire first first, and the people: at most 200 of each. */
export async function readApprovals(pool: Pool): Promise<{ waiting: WaitingOrder[]; approvers: Approver[] }> {
  const waiting = await pool.query<WaitingOrder>(statement('purchase-orders/list_waiting.sql'))
  const approvers = await pool.query<Approver>(statement('purchase-orders/list_approvers.sql'), [null])
  return { waiting: waiting.rows, approvers: approvers.rows }
}

/** The roles of one person; at most 200. */
export async function readApproverRoles(pool: Pool, person: string): Promise<Approver[]> {
  return (await pool.query<Approver>(statement('purchase-orders/list_approvers.sql'), [person])).rows
}

/** A role of a person. */
export interface ApproverRole {
  person: string
  role: string
  /** Only for orders of this warehouse or store; left out: for all. */
  location?: string
}

export interface Delegation {
  /** Who decides instead. */
  delegateTo: string
  /** ISO 8601. */
  until: string
}

/**
 * Gives a person a role, and a delegate in it. The same again changes the delegate only.
 *
 * @throws InvalidError when no tier has the role, or a value is impossible
 */
export async function addApprover(
  pool: Pool,
  { person, role, location }: ApproverRole,
  delegation: Delegation | undefined,
  by: Actor,
): Promise<void> {
  requirePerson(person)
  if (delegation !== undefined) requireDelegation(delegation)
  requireChoice('role', role, await readApprovalRoles(pool))
  const delegate = [delegation?.delegateTo ?? null, delegation?.until ?? null]
  await pool.query(statement('purchase-orders/add_approver.sql'), [person, role, location ?? null, ...delegate, by])
}

/** Whose roles: all of a person, or those with this role or location. */
export interface ApproverScope {
  person: string
  role?: string
  location?: string
}

/**
 * Lets another person decide in a person's roles until an instant.
 *
 * @returns how many roles
 * @throws NotFoundError when the person has none
 */
export async function nameDelegate(
  pool: Pool,
  { person, role, location }: ApproverScope,
  delegation: Delegation,
  by: Actor,
): Promise<number> {
  requireDelegation(delegation)
  const values = [person, role ?? null, location ?? null, delegation.delegateTo, delegation.until, by]
  const { rowCount } = await pool.query(statement('purchase-orders/set_delegate.sql'), values)
  return requireRoles(person, rowCount!)
}

/**
 * Takes roles away from a person.
 *
 * @returns how many roles
 * @throws NotFoundError when the person has none
 */
export async function removeApprover(pool: Pool, { person, role, location }: ApproverScope): Promise<number> {
  const values = [person, role ?? null, location ?? null]
  const { rowCount } = await pool.query(statement('purchase-orders/remove_approver.sql'), values)
  return requireRoles(person, rowCount!)
}

function requireRoles(person: string, roles: number): number {
  if (roles === 0) throw new NotFoundError('approver', person)
  return roles
}

function requireDelegation({ delegateTo, until }: Delegation): void {
  requireInstant('until', until)
  requirePerson(delegateTo)
}

function requirePerson(name: string): void {
  if (!/\S/.test(name)) throw new InvalidError('is not the name of a person', { field: 'person', value: name })
  if (name !== 'shelfline') return
  throw new InvalidError('"shelfline" is the name that Shelfline itself acts under', {
    fix: 'use the name of a person',
  })
}

/** The roles that tiers of approval ask for. */
export async function readApprovalRoles(pool: Pool): Promise<string[]> {
  const { rows } = await pool.query<{ role: string }>(
    'select distinct role from ref.approval_tier where role is not null order by 1',
  )
  return rows.map(({ role }) => role)
}
