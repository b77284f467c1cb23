import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createLocalDuckDb, forbidFiles, withConnection } from './duckdb.ts'

test('a DuckDB that runs maps of users opens nothing, and its settings are locked', async () => {
  const home = mkdtempSync(join(tmpdir(), 'shelfline-duckdb-'))
  const instance = await createLocalDuckDb({ home, duckdbMemoryLimitMegabytes: 64, duckdbThreads: 1 })
  try {
    await withConnection(instance, async (connection) => {
      await connection.run('create table events as select 1 as id')
      await forbidFiles(connection)
      for (const statement of [
        `select * from read_text('/etc/hostname')`,
        `copy events to '${join(home, 'stolen.csv')}'`,
        `attach '${join(home, 'x.db')}'`,
        `select * from read_csv('https://example.org/x.csv')`,
        'load httpfs',
        'set enable_external_access = true',
        `set threads = 8`,
      ]) {
        await expect(connection.run(statement), statement).rejects.toThrow(/disabled|locked|Cannot change|not allowed/i)
      }
      // What needs more than its memory still goes to its own folder, which others can't read.
      await connection.run(
        `create table large as select i, repeat('x', 200) || i as text from range(1_000_000) as t (i)`,
      )
      const reader = await connection.runAndReadAll('select count(*)::integer from (select * from large order by text)')
      expect(reader.getRows()).toEqual([[1_000_000]])
      expect(statSync(join(home, 'duckdb')).mode & 0o077).toBe(0)
    })
  } finally {
    instance.closeSync()
    rmSync(home, { recursive: true, force: true })
  }
})
