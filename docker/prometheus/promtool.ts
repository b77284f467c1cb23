/** Prometheus' own checker, for tests: they are left out, with a note, where the machine has none. */
import { spawnSync } from 'node:child_process'

export const promtool = (...words: string[]) =>
  spawnSync('promtool', words, { cwd: import.meta.dirname, encoding: 'utf8' })

const isMissing = promtool('--version').error !== undefined

/** What `describe.skipIf` takes, and what is added to its name. */
export const withPromtool = {
  isMissing,
  note: isMissing ? " (left out: there is no promtool here; Debian's package prometheus has it)" : '',
}
