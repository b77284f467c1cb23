import type { Command } from 'commander'
import { createLogger } from '../platform/log.ts'
import { loadSettings } from '../platform/settings.ts'
import { type ImportResult, importFile, type Preview } from '../sources/import.ts'
import { formatDuration, print, printJson, printTable, startProgress } from './output.ts'
import { asUsage, countSent, untilInterrupted } from './replay.ts'

interface ImportFlags {
  map: string
  dryRun?: boolean
  rejects?: string
  json?: boolean
}

export function register(program: Command): void {
  program
    .command('import')
    .description('send the rows of your own CSV, JSON lines or Parquet file to Kafka; the same file again adds nothing')
    .argument('<file>')
    .requiredOption('--map <map>', 'YAML file that says which column is what (docs/sources.md)')
    .option('--dry-run', 'show the first rows, counts and rejected rows; send nothing')
    .option('--rejects <file>', 'write the rejected rows there, one JSON object a line')
    .option('--json', 'print what was sent as JSON')
    .addHelpText(
      'after',
      `
Examples:
  shelfline import data/examples/till.csv --map data/examples/till.yaml --dry-run
  shelfline import data/examples/daily.jsonl --map data/examples/daily.yaml --rejects rejected.jsonl`,
    )
    .action(run)
}

async function run(file: string, { map, dryRun, rejects, json }: ImportFlags): Promise<void> {
  const progress = startProgress(`import ${file}`, 0)
  const interrupted = untilInterrupted()
  let shown: Preview | undefined
  let result: ImportResult
  try {
    result = await asUsage(() =>
      importFile({
        file,
        map,
        dryRun,
        rejects,
        settings: loadSettings(),
        logger: createLogger({ logLevel: 'silent' }, 'import'),
        signal: interrupted.signal,
        onPreview: (preview) => {
          shown = preview
        },
        onProgress(done, total) {
          progress.setTotal(total)
          progress.update(done)
        },
      }),
    )
  } finally {
    interrupted.release()
  }
  progress.stop(result.completed ? 'done' : 'stopped')
  if (!result.completed) process.exitCode = EXIT_INTERRUPTED
  if (json) return printJson({ ...result, preview: shown })
  if (shown) printPreview(shown)
  printResult(result, rejects)
}

const EXIT_INTERRUPTED = 130

/** Fields that say the same on every row are left out, so that the table fits a terminal. */
const UNTOLD = new Set(['event_id', 'source', 'schema_version', 'synthetic'])

function printPreview({ topic, events }: Preview): void {
  const fields = Object.keys(events[0] ?? {}).filter((field) => !UNTOLD.has(field))
  print(`First rows, as ${topic}:`)
  printTable(
    fields,
    events.map((event) => fields.map((field) => (event[field] === null ? '' : String(event[field])))),
  )
}

function printResult(result: ImportResult, rejectsFile: string | undefined): void {
  const { rows, repeated, rejected, examples, sent, dryRun, completed, milliseconds } = result
  if (rejected > 0) {
    print(`Rejected${rejected > examples.length ? `, the first ${examples.length} of ${rejected}` : ''}:`)
    printTable(
      ['row', 'problem', 'why'],
      examples.map(({ row, line, problem, error }) => [line ? `line ${line}` : String(row ?? ''), problem, error]),
    )
    if (rejectsFile) print(`all rejected rows: ${rejectsFile}`)
  }
  for (const [topic, count] of Object.entries(sent)) {
    print(`${topic}: ${count.toLocaleString('en-GB')} events ${dryRun ? 'would be sent' : 'sent'}`)
  }
  if (repeated > 0)
    print(`rows: ${repeated.toLocaleString('en-GB')} repeat the key of an earlier row and count as duplicates`)
  const rate = Math.round(countSent(sent) / (milliseconds / 1000)).toLocaleString('en-GB')
  print(
    `${rows.toLocaleString('en-GB')} rows read, ${rejected.toLocaleString('en-GB')} rejected, in ${formatDuration(milliseconds)} (${rate} events/s)`,
  )
  if (!completed) print('stopped before the end; the same import again sends the rest, and what was sent counts once')
}
