import { appendFile, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { TruthRecords } from './truth.ts'

/**
 * The truth of a run, in a folder of its own that the platform never reads: `run.json`, and as JSON lines `days.jsonl`
 * (each shelf on each day), `warehouses.jsonl` (each product at midnight) and `incidents.jsonl`.
 */
export class TruthFiles {
  readonly folder: string

  private constructor(folder: string) {
    this.folder = folder
  }

  static async create(home: string, run: string, about: object): Promise<TruthFiles> {
    const files = new TruthFiles(join(home, 'simulations', run))
    await mkdir(files.folder, { recursive: true })
    await files.describe(about)
    for (const name of ['days', 'warehouses', 'incidents']) await writeFile(files.#path(name), '')
    return files
  }

  async describe(about: object): Promise<void> {
    await writeFile(join(this.folder, 'run.json'), `${JSON.stringify(about, null, 2)}\n`)
  }

  async append(records: TruthRecords): Promise<void> {
    for (const name of ['days', 'warehouses', 'incidents'] as const) {
      const lines = records[name].map((record) => `${JSON.stringify(snakeCase(record))}\n`)
      if (lines.length > 0) await appendFile(this.#path(name), lines.join(''))
    }
  }

  #path = (name: string): string => join(this.folder, `${name}.jsonl`)
}

const snakeCase = (record: object): object =>
  Object.fromEntries(
    Object.entries(record).map(([name, value]) => [
      name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      value,
    ]),
  )
