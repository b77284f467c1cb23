import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { withCached } from './cache.ts'
import { installJars } from './maven.ts'
import { noReport, type Report } from './progress.ts'
import { requireJava } from './toolchain.ts'

export const TEST_SERVER_VERSION = '1.34.0'
const JARS_SHA256 = '907eaf320567ba8afb70ddfc5003b7c650fbd065715fcbf3af53c3f19479760b'
const COMMAND = 'temporal-test-server'

/** The Java of the day it was set up, else whatever `java` is when it is started. */
const wrapper = (java: string) => `#!/bin/sh
java='${java}'
[ -x "$java" ] || java=java
exec "$java" -Xmx256m -XX:TieredStopAtLevel=1 -cp "$(dirname "$0")/jars/*" io.temporal.testserver.TestServer "$@"
`

/**
 * Temporal's server with time skipping, for the tests of workflows; downloaded when it isn't there.
 *
 * @returns the path for `TestWorkflowEnvironment.createTimeSkipping`'s `executable: { type: 'existing-path' }`
 */
export async function temporalTestServer(report: Report = noReport): Promise<string> {
  const java = await requireJava(report)
  const folder = await withCached(
    COMMAND,
    TEST_SERVER_VERSION,
    async (temporaryFolder) => {
      await installJars(COMMAND, JARS_SHA256, join(temporaryFolder, 'jars'), report)
      writeFileSync(join(temporaryFolder, COMMAND), wrapper(java), { mode: 0o755 })
    },
    () => report('another process is downloading it'),
  )
  return join(folder, COMMAND)
}
