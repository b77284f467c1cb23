import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { DefaultLogger, Runtime, Worker, type WorkflowBundleOption } from '@temporalio/worker'
import { beforeAll, expect, test } from 'vitest'
import { createLogger } from '../platform/log.ts'
import { instanceHome } from '../platform/settings/settings.ts'
import { prepareWorkflowBundle } from '../workers/workflow-bundle.ts'

const FOLDER = join(import.meta.dirname, 'histories')
const silent = new DefaultLogger('ERROR', () => undefined)

let workflowBundle: WorkflowBundleOption
beforeAll(async () => {
  Runtime.install({ logger: silent })
  workflowBundle = await prepareWorkflowBundle(instanceHome(), createLogger({ logLevel: 'silent' }, 'test'))
})

/**
 * A workflow that is under way when a worker with new code takes it over decides as it did before. When this fails on
 * purpose, guard the change with `patched()`; `node scripts/store-history.ts` keeps a new history.
 */
test.each(readdirSync(FOLDER))('%s replays', async (file) => {
  await Worker.runReplayHistory({ workflowBundle }, parseHistory(readHistory(file)), `replay-${file}`)
})

test('a history of other decisions does not replay', async () => {
  const other = readHistory('daily-etl.json').replaceAll('"materializePartition"', '"somethingElse"')
  await expect(Worker.runReplayHistory({ workflowBundle }, parseHistory(other))).rejects.toThrow('somethingElse')
})

const readHistory = (file: string) => readFileSync(join(FOLDER, file), 'utf8')

/**
 * The SDK's own parser fails when npm gives its packages a copy of protobufjs each, as it does beside gRPC's older one;
 * so this takes the copy that the types were made with.
 */
function parseHistory(json: string): unknown {
  const ofProto = createRequire(createRequire(import.meta.url).resolve('@temporalio/proto'))
  const { fromJson } = ofProto('protobufjs/ext/protojson')
  const { patchProtobufRoot } = ofProto('@temporalio/proto/lib/patch-protobuf-root')
  const type = patchProtobufRoot(ofProto('@temporalio/proto')).lookupType('temporal.api.history.v1.History')
  return fromJson(type, JSON.parse(json), { ignoreUnknownFields: true })
}
