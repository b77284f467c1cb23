/** The project that Power BI Desktop opens (PBIP): the semantic model and the report. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { modelFiles } from './model.ts'
import { reportFiles } from './report.ts'
import { jsonText, schemaOf } from './text.ts'
import { idOf } from './tmdl.ts'

const ITEMS = ['Shelfline.SemanticModel', 'Shelfline.Report'] as const

const platform = (type: string): string =>
  jsonText({
    $schema: schemaOf('gitIntegration/platformProperties/2.0.0'),
    metadata: { type, displayName: 'Shelfline' },
    config: { version: '2.0', logicalId: idOf(type) },
  })

/** Path below the folder of the project → content, the same each time. */
export function projectFiles(): Map<string, string> {
  const below = (folder: string, files: ReadonlyMap<string, string>) =>
    [...files].map(([path, text]) => [`${folder}/${path}`, text] as const)
  return new Map([
    [
      'Shelfline.pbip',
      jsonText({
        $schema: schemaOf('pbip/pbipProperties/1.0.0'),
        version: '1.0',
        artifacts: [{ report: { path: 'Shelfline.Report' } }],
        settings: { enableAutoRecovery: true },
      }),
    ],
    [
      'Shelfline.SemanticModel/definition.pbism',
      jsonText({
        $schema: schemaOf('item/semanticModel/definitionProperties/1.0.0'),
        version: '4.2',
        settings: {},
      }),
    ],
    ['Shelfline.SemanticModel/.platform', platform('SemanticModel')],
    ...below('Shelfline.SemanticModel', modelFiles()),
    ['Shelfline.Report/.platform', platform('Report')],
    ...below('Shelfline.Report', reportFiles()),
  ])
}

/** Writes the project into the folder, in place of one that is there; what Desktop keeps beside it (`.pbi`) stays. */
export function writeProject(folder: string): number {
  const files = projectFiles()
  for (const item of ITEMS) rmSync(join(folder, item, 'definition'), { recursive: true, force: true })
  for (const [path, text] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  return files.size
}
