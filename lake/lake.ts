/** The lake: the Delta tables below one folder of the object store. */
import { randomUUID } from 'node:crypto'
import type { DuckDBInstance } from '@duckdb/node-api'
import type { ObjectStore } from '../platform/object-store/object-store.ts'
import { commitInfo } from './commit.ts'
import { LakeError, SchemaError, UnknownTableError } from './errors.ts'
import { DeltaLog } from './log.ts'
import { retentionProperties } from './properties.ts'
import { type Action, OUR_PROTOCOL } from './protocol.ts'
import { assertSchema, type Column, isNullable, serialiseSchema, typeText } from './schema.ts'
import { Table } from './table.ts'
import { SAFE_RETENTION_HOURS } from './vacuum.ts'

export interface LakeDependencies {
  objectStore: ObjectStore
  /** Reads and writes the data files and the checkpoints. */
  database: DuckDBInstance
  /** The lake's folder in the bucket. */
  prefix: string
  /** Called when a checkpoint could not be written; the commit is valid without it. */
  onCheckpointFailed: (error: Error) => void
}

export interface TableDefinition {
  schema: readonly Column[]
  partitionColumns: readonly string[]
  description?: string
  /** For this many hours a file that left the table is kept for readers of older versions. Left out: a week. */
  retentionHours?: number
}

export interface Lake {
  /** @throws UnknownTableError naming the tables that there are */
  table(name: string): Promise<Table>
  /**
   * The table, made if it isn't there. Nullable columns that the definition has and the table hasn't are added.
   *
   * @throws SchemaError when the definition can't be, or the table has another type or other partition columns
   */
  ensureTable(name: string, definition: TableDefinition): Promise<Table>
  /** The names of the tables, in order. */
  list(): Promise<string[]>
}

const TABLE_NAME = /^[a-z0-9_]+(\/[a-z0-9_]+)*$/

export function createLake(dependencies: LakeDependencies): Lake {
  const { objectStore, database, prefix, onCheckpointFailed } = dependencies
  const logs = new Map<string, DeltaLog>()
  /** The definition that each table was last found to have. Tables lose no column and keep their types: they have it from then on. */
  const conforming = new WeakMap<DeltaLog, TableDefinition>()

  /** One log a table, so that everybody in the process shares what was read. */
  function logOf(name: string): DeltaLog {
    if (!TABLE_NAME.test(name)) {
      throw new LakeError(`lake: ${name} can't be a table's name: lower case, digits, underscores, parts joined by /`)
    }
    const known = logs.get(name)
    if (known !== undefined) return known
    const log = new DeltaLog(name, { objectStore, database, folder: `${prefix}/${name}` })
    logs.set(name, log)
    return log
  }

  async function open(name: string): Promise<Table> {
    const log = logOf(name)
    await log.refresh()
    return tableOf(log)
  }

  const tableOf = (log: DeltaLog) => new Table(log, { onCheckpointFailed })

  return {
    async table(name) {
      try {
        return await open(name)
      } catch (error) {
        if (!(error instanceof UnknownTableError)) throw error
        const known = (await listTables(objectStore, prefix)).join(', ') || 'none yet'
        throw new UnknownTableError(`lake: there is no table ${name}; the tables are: ${known}`)
      }
    },
    async ensureTable(name, definition) {
      const log = logOf(name)
      if (log.isKnown && conforming.get(log) === definition) return tableOf(log)
      assertSchema(name, definition.schema, definition.partitionColumns)
      const table = await open(name).catch(async (error) => {
        if (!(error instanceof UnknownTableError)) throw error
        await create(log, definition)
        return open(name)
      })
      await conform(table, definition)
      conforming.set(log, definition)
      return table
    },
    list: () => listTables(objectStore, prefix),
  }
}

/** Version 0. Of two that create the same table one does, and both continue with it. */
async function create(log: DeltaLog, definition: TableDefinition): Promise<void> {
  const commitId = randomUUID()
  const actions: Action[] = [
    { commitInfo: commitInfo({ name: 'CREATE TABLE' }, commitId) },
    { protocol: OUR_PROTOCOL },
    {
      metaData: {
        id: randomUUID(),
        name: log.table,
        ...(definition.description && { description: definition.description }),
        format: { provider: 'parquet', options: {} },
        schemaString: serialiseSchema(definition.schema),
        partitionColumns: [...definition.partitionColumns],
        configuration: retentionProperties(definition.retentionHours ?? SAFE_RETENTION_HOURS),
        createdTime: Date.now(),
      },
    },
  ]
  await log.write(0, actions, commitId)
}

async function conform(table: Table, { schema, partitionColumns }: TableDefinition): Promise<void> {
  const snapshot = await table.snapshot()
  if (snapshot.partitionColumns.join() !== partitionColumns.join()) {
    throw new SchemaError(
      `lake: ${table.name} is partitioned by ${snapshot.partitionColumns.join(', ') || 'nothing'}, ` +
        `declared is ${partitionColumns.join(', ') || 'nothing'}; write a new table`,
    )
  }
  for (const column of schema) {
    const existing = snapshot.schema.find(({ name }) => name === column.name)
    if (existing === undefined) await table.addColumn(column)
    else assertSameColumn(table.name, existing, column)
  }
}

function assertSameColumn(table: string, existing: Column, declared: Column): void {
  const text = (column: Column) => typeText(column.type) + (isNullable(column) ? '' : ' not null')
  if (text(existing) === text(declared)) return
  throw new SchemaError(
    `lake: ${table}: column ${declared.name} is ${text(existing)}, declared is ${text(declared)}; ` +
      'declare a new column, or create a new table',
  )
}

/**
 * A table's log sorts before its data, so that the first object of a table's folder shows that it is one; the search
 * continues behind the folder, however many objects there are.
 */
async function listTables(objectStore: ObjectStore, prefix: string): Promise<string[]> {
  const root = `${prefix}/`
  const names: string[] = []
  for (let startAfter = root; ; ) {
    const name = await firstTable(objectStore, root, startAfter)
    if (name === undefined) return names
    names.push(name)
    // The character after the slash: nothing in the table's folder sorts behind this, the next folder does.
    startAfter = `${root}${name}0`
  }
}

async function firstTable(objectStore: ObjectStore, root: string, startAfter: string): Promise<string | undefined> {
  for await (const { key } of objectStore.list(root, { startAfter })) {
    const end = key.indexOf('/_delta_log/')
    if (end >= 0) return key.slice(root.length, end)
  }
  return undefined
}
