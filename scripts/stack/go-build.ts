import { join } from 'node:path'
import { runCommand } from './command.ts'
import type { Report } from './progress.ts'
import { requireGo } from './toolchain.ts'

/**
 * Builds one program of a Go module that is committed beside this file: its go.mod pins every module, its go.sum holds
 * their hashes, and Go refuses a module that differs.
 *
 * It takes minutes on all cores, while the servers that are ready already work: it gives way to them.
 *
 * @param module folder beside this file
 * @param programPackage import path of the program
 * @param output file that is written
 */
export async function buildGoProgram(
  module: string,
  programPackage: string,
  output: string,
  linkerFlags: string,
  report: Report,
  signal?: AbortSignal,
): Promise<void> {
  const go = await requireGo(report)
  const options = {
    cwd: join(import.meta.dirname, module),
    signal,
    isInBackground: true,
    environment: { CGO_ENABLED: '0', GOTOOLCHAIN: 'local', GOWORK: 'off', GOFLAGS: '-mod=readonly -buildvcs=false' },
  }
  report('downloading Go modules')
  let packages = 0
  await runCommand(go, ['list', '-deps', '-f', '{{.ImportPath}}', programPackage], {
    ...options,
    onLine(line) {
      if (line.startsWith('go: downloading')) report(line.slice('go: '.length))
      else packages++
    },
  })
  let compiled = 0
  report('compiling', compiled, packages)
  await runCommand(
    go,
    ['build', '-v', '-trimpath', '-ldflags', `-s -w ${linkerFlags}`.trim(), '-o', output, programPackage],
    { ...options, onLine: () => report('compiling', ++compiled, packages) },
  )
}
