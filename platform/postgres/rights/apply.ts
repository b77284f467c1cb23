import type pg from 'pg'
import { statement } from '../sql.ts'
import { type NarrowProcess, narrowProcesses, processRights, roleOf } from './process-rights.ts'
import { type TableClass, tablesOf } from './table-classes.ts'

/** A right as SQL grants it. `object`: a name, or `schema.*` for all of its tables. */
export interface Right {
  role: string
  kind: 'schema' | 'table' | 'sequence' | 'function'
  object: string
  verb: string
}

/** Every right of a process. */
export function rightsOf(process: NarrowProcess): Right[] {
  const { tables, functions = [], sequences = [], isStaging = false } = processRights[process]
  const role = roleOf(process)
  const right = (kind: Right['kind'], object: string, verb: string): Right => ({ role, kind, object, verb })
  const onTables = Object.entries(tables).flatMap(([name, verbs]) =>
    tablesOf(name as TableClass).flatMap((table) => verbs.map((verb) => right('table', table, verb))),
  )
  const named = [
    ...onTables,
    ...functions.map((name) => right('function', name, 'execute')),
    ...sequences.map((name) => right('sequence', name, 'usage')),
  ]
  const schemas = new Set(named.map(({ object }) => object.split('.')[0]!))
  return [
    ...named,
    ...[...schemas].map((schema) => right('schema', schema, 'usage')),
    ...(isStaging ? ['usage', 'create'].map((verb) => right('schema', 'staging', verb)) : []),
  ]
}

const DEADLOCK = '40P01'
const ATTEMPTS_MAX = 5

/**
 * Gives the roles of processes what {@link processRights} defines, and nothing else: all of it, or none. A server without these roles is left as it is.
 * Processes that are at work lock the same tables in their own order: after a deadlock it is retried.
 *
 * @param client as the role that owns the schema
 */
export async function applyRights(client: pg.Client): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await applyOnce(client)
    } catch (error) {
      if ((error as pg.DatabaseError).code !== DEADLOCK || attempt === ATTEMPTS_MAX) throw error
    }
  }
}

async function applyOnce(client: pg.Client): Promise<void> {
  const wanted = narrowProcesses.flatMap(rightsOf)
  const roles = narrowProcesses.map(roleOf)
  const { rows } = await client.query<{ statement: string }>(statement('rights/differences.sql'), [
    JSON.stringify(wanted),
    roles,
  ])
  if (rows.length === 0) return
  await client.query('begin')
  try {
    for (const due of rows) await client.query(due.statement)
    await client.query('commit')
  } catch (error) {
    await client.query('rollback')
    throw error
  }
}
