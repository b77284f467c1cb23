/**
 * Generates a typed client from the description of the API, and compiles a program that uses it: `npm run api-client`. Ends with an error
 * when a type that a client relies on is missing from the description.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openApiDocument } from '../web/api/openapi.ts'
import { actions, questions } from '../web/definitions.ts'

const GENERATOR = ['--yes', '--package', 'openapi-typescript@7.13.0', '--package', 'typescript@5.9.3']
const COMPILER =
  '--noEmit --strict --noUncheckedIndexedAccess --target esnext --module nodenext --allowImportingTsExtensions'

/** As people who write reports and tools would. */
const program = `import type { paths } from './api.ts'

type Answer<Path extends keyof paths> = paths[Path] extends { get: { responses: { 200: { content: { 'application/json': infer Body } } } } }
  ? Body
  : never
type Input<Path extends keyof paths> = paths[Path] extends { post: { requestBody: { content: { 'application/json': infer Body } } } }
  ? Body
  : never

export const alerts = ({ items }: Answer<'/alerts'>): string[] => items.map(({ message, impact }) => message + (impact ?? ''))
export const stock = ({ items }: Answer<'/stock'>): (string | null)[] => items.map(({ moneyAtRisk }) => moneyAtRisk)
export const late = (today: Answer<'/today'>): number => today.lateTotal
export const drawn = ({ shelves }: Answer<'/map/{store}'>): number[] => shelves.map(({ place }) => place.x)
export const acknowledged: Input<'/alerts/acknowledge'> = { alerts: [1], why: 'seen' }
// @ts-expect-error a reason is a text
export const refused: Input<'/alerts/acknowledge'> = { alerts: [1], why: 1 }
`

const folder = mkdtempSync(join(tmpdir(), 'shelfline-api-client-'))
try {
  writeFileSync(join(folder, 'openapi.json'), JSON.stringify(openApiDocument(questions, actions)))
  writeFileSync(join(folder, 'program.ts'), program)
  const run = (command: string, words: readonly string[]) =>
    execFileSync(command, words, { cwd: folder, stdio: 'inherit' })
  run('npx', [...GENERATOR, 'openapi-typescript', 'openapi.json', '--output', 'api.ts'])
  run(join(import.meta.dirname, '..', 'node_modules', '.bin', 'tsc'), [...COMPILER.split(' '), 'program.ts'])
  console.log('The generated client compiles.')
} finally {
  rmSync(folder, { recursive: true })
}
