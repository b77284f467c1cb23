/** The table of domains in `docs/ARCHITECTURE.md`: which folders a domain has, room by room. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const rooms = ['services', 'workflows', 'activities', 'models', 'streams', 'web', 'sql'] as const

const BEGIN = '<!-- domains: made by `npm run docs` -->'
const END = '<!-- /domains -->'

/** The subject of each domain. `npm run docs` fails for a folder that is neither here nor below. */
const domains: Record<string, string> = {
  access: 'who may sign in, and who sees which stores',
  alerts: 'alerts for stores and planners, and the actions on them',
  assets: 'the daily tables: cleansed, star schema, features, predictions, history of state and decisions',
  backfill: 'which partitions need work, plans for them, and the ledger of what was built',
  'data-quality': 'checks over what was built, and upkeep of tables',
  forecasting: 'demand per product, store and day',
  insights: 'slow movers, anomalies, unusual sales, cross-sell',
  lake: 'the Delta tables, for people',
  'live-state': 'stock-out risk by the hour, and the minute jobs',
  notifications: 'who is notified of what, by which route',
  payments: 'what was paid, paid back and charged back, beside what was sold',
  policies: 'limits and terms by chain, store, category and product',
  pricing: 'how demand answers to prices, and markdowns of lots near their expiry',
  privacy: 'pseudonyms of customers, erasing and exporting them, how long data about people is kept',
  'purchase-orders': 'orders to suppliers: approval, sending, delivery, invoice',
  registry: 'versions of models, their evidence, promotion and drift',
  replenishment: 'what to order and to transfer, and why',
  reports: 'reports that leave the platform: the weekly review, and the refresh of Power BI',
  schemas: 'the contracts in Avro: compatible with the last release, published to a registry, read from topics',
  simulation: 'simulated supermarkets, and simulated faults',
  sources: 'where events come from: senders of webhooks, devices, tables of other databases, replays, files',
  streams: 'processors, their positions, dead letters and the outbox',
}

/** Folders that belong to a domain of another name, or to none. */
const others: Record<string, string> = {
  cleansed: 'assets',
  star: 'assets',
  features: 'assets',
  ops: 'assets',
  predictions: 'assets',
  ledger: 'backfill',
  lineage: 'backfill',
  mlflow: 'registry',
  receive: 'sources',
  cdc: 'sources',
  feeds: 'sources',
  mqtt: 'sources',
  avro: 'schemas',
  jobs: 'live-state',
  processors: 'streams',
  raw: 'streams',
  runtime: 'streams',
  page: '',
  api: '',
  browser: '',
  texts: '',
  retries: '',
  workers: '',
  'first-run': '',
  migrations: '',
  catalogue: '',
  comments: '',
  functions: '',
  rights: '',
  schema: '',
  views: '',
  statistics: '',
  schedules: '',
  status: '',
  testing: '',
  histories: '',
}

/** `docs/ARCHITECTURE.md` with the table as the folders are now. */
export function architecturePage(): string {
  const page = readFileSync(join(root, 'docs', 'ARCHITECTURE.md'), 'utf8')
  const begin = page.indexOf(BEGIN)
  const end = page.indexOf(END)
  if (begin < 0 || end < begin)
    throw new Error(`docs/ARCHITECTURE.md: the table must be between "${BEGIN}" and "${END}"`)
  return `${page.slice(0, begin)}${BEGIN}\n${table()}${page.slice(end)}`
}

function table(): string {
  const found = new Map(Object.keys(domains).map((domain) => [domain, new Map<string, string[]>()]))
  for (const room of rooms) {
    for (const folder of foldersOf(room)) {
      const domain = folder in domains ? folder : others[folder]
      if (domain === undefined) {
        throw new Error(`${room}/${folder}: name its domain in scripts/domains-table.ts`)
      }
      const byRoom = found.get(domain)
      if (byRoom) byRoom.set(room, [...(byRoom.get(room) ?? []), folder])
    }
  }
  const rows = [...found]
    .filter(([, byRoom]) => byRoom.size > 0)
    .map(([domain, byRoom]) => {
      const cells = rooms.map((room) =>
        (byRoom.get(room) ?? []).map((folder) => `[${folder}](../${room}/${folder})`).join(', '),
      )
      return `| **${domain}**: ${domains[domain]} | ${cells.join(' | ')} |\n`
    })
  return `| domain | ${rooms.map((room) => `\`${room}/\``).join(' | ')} |\n|---|${'---|'.repeat(rooms.length)}\n${rows.join('')}`
}

/** Git leaves empty folders behind where files were moved. */
const holdsFiles = (folder: string): boolean =>
  readdirSync(folder, { recursive: true, withFileTypes: true }).some((entry) => entry.isFile())

function foldersOf(room: string): string[] {
  try {
    return readdirSync(join(root, room), { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && holdsFiles(join(root, room, entry.name)))
      .map(({ name }) => name)
      .sort()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}
