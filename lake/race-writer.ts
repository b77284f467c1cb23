/** One of the writers of the race: appends rows to a table, a commit each. Run by `race.server.test.ts`. */
import { openTestLake } from './testing.ts'

const [prefix, tableName, writer, commits] = process.argv.slice(2)
const { lake, connection, close } = await openTestLake(prefix)
const table = await lake.table(tableName!)
for (let commit = 0; commit < Number(commits); commit += 1) {
  const row = `select ${commit}::bigint as line, '${writer}' as store_id, date '2024-01-01' + ${commit % 3} as date`
  await table.append({
    files: await table.writeDataFiles(connection, row),
    transactions: [{ applicationId: `writer-${writer}`, version: commit }],
  })
}
await close()
