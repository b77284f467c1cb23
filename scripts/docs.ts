/** Writes the files that are made from the code: pages of docs/, comments of the star schema. `--check` writes nothing and fails when one is out of date. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { assetsPage, starComments } from '../activities/assets/framework/page.ts'
import { avroSchema } from '../contracts/avro.ts'
import { topicsPage } from '../contracts/documentation.ts'
import { figuresPage } from '../contracts/figures/page.ts'
import { projectFiles } from '../contracts/power-bi/project.ts'
import { tilesPage } from '../contracts/power-bi/tiles-page.ts'
import { topicNames, topics } from '../contracts/topics.ts'
import { grafanaFiles } from '../docker/grafana/source/index.ts'
import { objectiveRules } from '../docker/prometheus/objectives.ts'
import { settingsPage } from '../platform/settings/page.ts'
import { processorsPage } from '../streams/processors/page.ts'
import { commandsPage, overviewFile } from './commands-page.ts'
import { architecturePage } from './domains-table.ts'
import { jobsPage } from './jobs-page.ts'
import { personalDataPage } from './personal-data-page.ts'
import { rightsPage } from './rights-page.ts'
import { kafkaHeapSetting, stackSettings } from './stack/ports.ts'
import { releaseSettings } from './stack/release.ts'

const root = join(import.meta.dirname, '..')

/** Path below the checkout → content. */
export function generatedPages(): Map<string, string> {
  return new Map([
    ['docs/commands.md', commandsPage()],
    ['cli/overview.json', overviewFile],
    [
      'docs/settings.md',
      settingsPage([...Object.values(stackSettings), kafkaHeapSetting, ...Object.values(releaseSettings)]),
    ],
    ['docs/topics.md', topicsPage()],
    ['docs/rights.md', rightsPage()],
    ['docs/personal-data.md', personalDataPage()],
    ['docs/assets.md', assetsPage()],
    ['docs/figures.md', figuresPage()],
    ['docs/power-bi-tiles.md', tilesPage()],
    ['sql/comments/star.sql', starComments()],
    ['docs/processors.md', processorsPage()],
    ['docs/jobs.md', jobsPage()],
    ['docs/ARCHITECTURE.md', architecturePage()],
    ...[...projectFiles()].map(([path, text]) => [`powerbi/${path}`, text] as const),
    ['docker/prometheus/slo.yaml', objectiveRules()],
    ...[...grafanaFiles()].map(([path, text]) => [`docker/grafana/${path}`, text] as const),
    ...topicNames.map(
      (name) => [`docs/avro/${name}.avsc`, `${JSON.stringify(avroSchema(topics[name]), null, 2)}\n`] as const,
    ),
  ])
}

/** The generated pages whose file differs from the code. */
export function stalePages(): string[] {
  return [...generatedPages()]
    .filter(([path, content]) => readOrEmpty(join(root, path)) !== content)
    .map(([path]) => path)
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

if (import.meta.main) {
  const stale = stalePages()
  if (process.argv.includes('--check')) {
    if (stale.length > 0) throw new Error(`out of date: ${stale.join(', ')}; \`npm run docs\` writes them`)
  } else {
    const pages = generatedPages()
    for (const path of stale) {
      mkdirSync(dirname(join(root, path)), { recursive: true })
      writeFileSync(join(root, path), pages.get(path)!)
      console.log(`wrote ${path}`)
    }
  }
}
