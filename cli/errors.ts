/** What a service refused, in the words of the command line. */
import type { Command } from 'commander'
import { InvalidError, NotFoundError, type ServiceError } from '../services/errors.ts'

/** Where a person looks up what there is, by the kind of what was not found. */
const lists: Readonly<Record<string, (id: string) => string>> = {
  alert: () => 'shelfline alerts list --all',
  approver: () => 'shelfline orders approvals',
  'dead letter': () => 'shelfline dlq list',
  lane: () => 'shelfline orders transfers lanes',
  message: () => 'shelfline notify list',
  'model version': () => 'shelfline models list',
  'order line': (line) => `shelfline orders show ${line.slice(0, line.lastIndexOf('/'))}`,
  order: () => 'shelfline orders list',
  'outbox message': () => 'shelfline outbox list',
  override: () => 'shelfline forecasts overrides',
  person: () => 'shelfline access user list',
  plan: () => 'shelfline backfill list',
  route: () => 'shelfline notify routes',
  token: () => 'shelfline access token list',
  transfer: () => 'shelfline orders transfers list',
}

/** @param command the one that was run: a value of one of its flags is called by the flag */
export function messageOf(error: ServiceError, command: Command | undefined): string {
  if (error instanceof InvalidError) {
    const named = error.field?.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase())
    const flag = command?.options.find((option) => option.attributeName() === named)?.long
    return flag ? error.messageAs(flag) : error.message
  }
  const list = error instanceof NotFoundError && error.fix === undefined ? lists[error.kind]?.(error.id) : undefined
  return list === undefined ? error.message : `${error.message}: \`${list}\` shows what there is`
}

/** 2: wrong use, nothing was changed. 1: it may work later. */
export const exitCodeOf = ({ code }: ServiceError): number => (code === 'unavailable' ? 1 : 2)
