/** What a run has left behind: compared with Kafka, with what is known of the events, and with an undisturbed run. */
import { deadLetterTopic, type TopicName } from '../../contracts/topics.ts'
import { createLake, type Lake } from '../../lake/lake.ts'
import { rawTableName } from '../../lake/raw-table.ts'
import { partitionKey } from '../../lake/state.ts'
import { contentTag } from '../../lake/write.ts'
import { createDuckDb, type DuckDBConnection, withConnection } from '../../platform/duckdb/duckdb.ts'
import { createObjectStore } from '../../platform/object-store/object-store.ts'
import { rawTopics } from '../../streams/raw/raw-sink.ts'
import type { Verification } from '../../streams/runtime/verify.ts'
import { type Logs, type PartitionCounts, readers, type Watch } from './progress.ts'
import { type Site, shelfline } from './site.ts'
import type { Truth } from './workload.ts'

export interface Findings {
  /** Messages that Kafka has and a processor or the raw lake does not, each processor counted by itself. */
  lost: number
  /** Messages that were counted or stored more than once. */
  doubled: number
  /** Rows of live state, lake and star schema that are not as an undisturbed run, or a recomputation, has them. */
  differing: number
  /** How many rows and lake files were compared. */
  compared: number
  /** What is wrong, in sentences; empty when all is well. */
  problems: string[]
}

export const noFindings = (): Findings => ({ lost: 0, doubled: 0, differing: 0, compared: 0, problems: [] })

/** Invariant 4 for every processor and partition, with Kafka's own offsets as what there is to consume. */
export function checkCounts(logs: Logs, counts: readonly PartitionCounts[], findings: Findings): void {
  const found = new Map(counts.map((row) => [`${row.processor} ${row.topic}/${row.partition}`, row]))
  for (const { processor, topics } of readers) {
    for (const [key, { start, end }] of logs) {
      const topic = key.slice(0, key.indexOf('/')) as TopicName
      if (!topics.includes(topic) || end === start) continue
      const row = found.get(`${processor} ${key}`)
      const consumed = row?.consumed ?? 0
      const expected = end - start
      findings.lost += Math.max(0, expected - consumed)
      findings.doubled += Math.max(0, consumed - expected)
      const outcomes = row === undefined ? 0 : row.applied + row.duplicate + row.late + row.dead
      if (consumed === expected && outcomes === consumed && row?.position === end && row.problem === null) continue
      findings.problems.push(
        `${processor} ${key}: Kafka has ${expected} messages up to ${end}; consumed ${consumed} up to ${row?.position}, ` +
          `outcomes ${outcomes}${row?.problem ? `, ${row.problem}` : ''}`,
      )
    }
  }
}

/** Every message once in the raw lake; units sold as in the events; nothing waiting in the outbox or for its letter's topic. */
export async function checkContent(
  site: Site,
  watch: Watch,
  logs: Logs,
  truth: Truth | undefined,
  findings: Findings,
): Promise<void> {
  await withLake(site, async (lake, connection) => {
    for (const topic of rawTopics) {
      const expected = expectedOf(logs, topic)
      if (expected === 0) continue
      const scan = await (await lake.table(rawTableName(topic))).scan()
      const [row] = await rowsOf(
        connection,
        `select count(*) as rows, count(distinct ("partition", "offset")) as messages from ${scan}`,
      )
      const [rows, messages] = [Number(row!.rows), Number(row!.messages)]
      findings.lost += Math.max(0, expected - messages)
      findings.doubled += rows - messages
      if (rows === expected && messages === expected) continue
      findings.problems.push(`raw/${topic}: Kafka has ${expected} messages, the lake ${rows} rows of ${messages}`)
    }
  })
  const [left] = await watch.query<{ outbox: number; letters: number; units: string }>(
    `select (select count(*) from ops.outbox) as outbox,
       (select count(*) from ops.dead_letters where relayed_attempts < attempts) as letters,
       (select coalesce(sum(quantity), 0) from state.sale_line) as units`,
  )
  if (left!.outbox > 0) findings.problems.push(`ops.outbox: ${left!.outbox} messages were not sent`)
  if (left!.letters > 0)
    findings.problems.push(`ops.dead_letters: ${left!.letters} letters were not sent to their topics`)
  if (truth !== undefined && Number(left!.units) !== truth.unitsSold) {
    findings.differing += 1
    findings.problems.push(
      `units sold: ${truth.unitsSold} by the events that were sent, ${left!.units} in state.sale_line`,
    )
  }
  await checkSentTopics(watch, logs, truth, findings)
}

/** What was sent is what Kafka has: a fault of the harness would look like one of the platform. */
async function checkSentTopics(watch: Watch, logs: Logs, truth: Truth | undefined, findings: Findings): Promise<void> {
  for (const [topic, sent] of truth?.byTopic ?? []) {
    const kept = expectedOf(logs, topic as TopicName)
    if (kept !== sent) findings.problems.push(`${topic}: ${sent} messages were sent, Kafka has ${kept}`)
  }
  const letters = await watch.query<{ topic: TopicName; letters: number }>(
    'select topic, count(*) as letters from ops.dead_letters group by 1 order by 1',
  )
  for (const { topic, letters: expected } of letters) {
    const sent = await watch.count(deadLetterTopic(watch.kafkaTopic(topic)))
    if (sent < expected) findings.problems.push(`${deadLetterTopic(topic)}: ${sent} messages of ${expected} letters`)
  }
}

const expectedOf = (logs: Logs, topic: TopicName): number =>
  [...logs].reduce((sum, [key, { start, end }]) => sum + (key.startsWith(`${topic}/`) ? end - start : 0), 0)

/** `shelfline state verify`, as a process. */
export async function checkState(site: Site, findings: Findings): Promise<void> {
  const { stdout, stderr } = await shelfline(site, 'state', 'verify', '--json')
  let verification: Verification
  try {
    verification = JSON.parse(stdout) as Verification
  } catch {
    findings.problems.push(`state verify: ${stderr.trim() || stdout.trim()}`)
    return
  }
  for (const { table, compared, different } of verification.tables) {
    findings.compared += compared
    findings.differing += different
    if (different > 0) findings.problems.push(`state verify: ${table}: ${different} of ${compared} rows differ`)
  }
  for (const gap of verification.gaps) findings.problems.push(`state verify: ${gap}`)
  const [example] = verification.examples
  if (example)
    findings.problems.push(`state verify: ${example.row}: live ${example.live}, recomputed ${example.recomputed}`)
}

/** When something was written, by which process, or in which cut: not what was written. */
const VOLATILE = [
  'updated_at',
  'made_at',
  'created_at',
  'emitted_at',
  'loaded_at',
  'refreshed_at',
  'relayed_attempts',
  'letter_id',
  'outbox_id',
  'aggregated_at',
  'granted_at',
  'told_at',
  'confirmed_at',
  'ledger_run',
]
const NOT_COMPARED = new Set(['ops.dead_letters', 'state.retention'])

/** Live state and star schema, table by table: rows that only one of the two has. */
export async function compareTables(disturbed: Watch, undisturbed: Watch, findings: Findings): Promise<void> {
  const names = await disturbed.query<{ name: string }>(
    `select format('%I.%I', nspname, relname) as name from pg_class
     join pg_namespace on pg_namespace.oid = relnamespace
     where nspname in ('ref', 'state', 'analytics') and relkind in ('r', 'p') and not relispartition order by 1`,
  )
  for (const { name } of names.filter((table) => !NOT_COMPARED.has(table.name))) {
    const [first, second] = await Promise.all([checksumOf(disturbed, name), checksumOf(undisturbed, name)])
    findings.compared += Number(second.rows)
    if (first.rows === second.rows && first.sum === second.sum) continue
    const { only, example } = await differenceOf(disturbed, undisturbed, name)
    if (only === 0) continue
    findings.differing += only
    findings.problems.push(`${name}: ${first.rows} rows, undisturbed ${second.rows}; ${only} differ, e.g. ${example}`)
  }
}

interface Checksum {
  rows: string
  sum: string
}

/** Numbers hash by their value, whatever zeros are written behind the point. */
async function checksumOf(watch: Watch, table: string): Promise<Checksum> {
  const [row] = await watch.query<Checksum>(
    `select count(*)::text as rows, coalesce(sum(jsonb_hash_extended(to_jsonb(one) - $1::text[], 0)::numeric), 0)::text as sum
     from ${table} as one`,
    [VOLATILE],
  )
  return row!
}

const DIFFERENCES_MAX = 100_000

async function differenceOf(disturbed: Watch, undisturbed: Watch, table: string) {
  const read = async (watch: Watch) => {
    const rows = await watch.query<{ hash: string; row: string }>(
      `select jsonb_hash_extended(to_jsonb(one) - $1::text[], 0)::text as hash, left((to_jsonb(one) - $1::text[])::text, 400) as row
       from ${table} as one limit ${DIFFERENCES_MAX * 10}`,
      [VOLATILE],
    )
    return new Map(rows.map(({ hash, row }) => [hash, row]))
  }
  const [first, second] = [await read(disturbed), await read(undisturbed)]
  const gained = [...first].filter(([hash]) => !second.has(hash)).map(([, row]) => row)
  const lost = [...second].filter(([hash]) => !first.has(hash)).map(([, row]) => row)
  return {
    only: Math.max(gained.length, lost.length),
    example: `${gained[0] ?? 'nothing'} instead of ${lost[0] ?? 'nothing'}`,
  }
}

/**
 * The lake, table by table. Raw tables hold the same rows, in whatever files; of every other partition the files hold the same
 * bytes, by the object store's tags.
 */
export async function compareLakes(disturbed: Site, undisturbed: Site, findings: Findings): Promise<void> {
  const [first, second] = [await contentOf(disturbed), await contentOf(undisturbed)]
  for (const table of new Set([...first.keys(), ...second.keys()])) {
    const [ours, theirs] = [first.get(table) ?? new Map(), second.get(table) ?? new Map<string, string>()]
    findings.compared += theirs.size
    for (const partition of new Set([...ours.keys(), ...theirs.keys()])) {
      const [here, there] = [ours.get(partition) ?? 'nothing', theirs.get(partition) ?? 'nothing']
      if (here === there) continue
      findings.differing += 1
      findings.problems.push(`lake: ${table} ${partition}: ${here}, undisturbed ${there}`)
    }
  }
}

/** By table and partition: what identifies its content. */
async function contentOf(site: Site): Promise<Map<string, Map<string, string>>> {
  return withLake(site, async (lake, connection) => {
    const content = new Map<string, Map<string, string>>()
    for (const name of await lake.list()) {
      const table = await lake.table(name)
      if (name.startsWith('raw/')) {
        const rows = await rowsOf(
          connection,
          `select date::varchar as date, count(*) || ' rows, ' || sum(hash(one)::hugeint) as content
           from ${await table.scan()} as one group by date`,
        )
        content.set(name, new Map(rows.map((row) => [String(row.date), String(row.content)])))
        continue
      }
      const snapshot = await table.snapshot()
      const tags = Map.groupBy(snapshot.files.values(), (file) =>
        partitionKey(snapshot.partitionColumns, file.partitionValues),
      )
      content.set(name, new Map([...tags].map(([key, files]) => [key, files.map(contentTag).sort().join()])))
    }
    return content
  })
}

async function withLake<Result>(
  { settings }: Site,
  work: (lake: Lake, connection: DuckDBConnection) => Promise<Result>,
): Promise<Result> {
  const database = await createDuckDb(settings)
  const objectStore = createObjectStore(settings)
  try {
    const lake = createLake({ objectStore, database, prefix: settings.lakePrefix, onCheckpointFailed: () => undefined })
    return await withConnection(database, (connection) => work(lake, connection))
  } finally {
    objectStore.close()
    database.closeSync()
  }
}

const rowsOf = async (connection: DuckDBConnection, sql: string): Promise<Record<string, unknown>[]> =>
  (await connection.runAndReadAll(sql)).getRowObjectsJson()
