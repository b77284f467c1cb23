/**
 * Makes the lake's bucket where it isn't there yet, makes sure that the object store refuses a second commit, and gives each process its user there.
 * Runs with the root user's key, which no process has.
 */
import { loadSettings } from '../platform/settings/settings.ts'
import { objectStoreKeyVariable, objectStoreRootVariables } from '../scripts/stack/docker.ts'
import { furnishObjectStore, furnishObjectStoreUsers } from '../scripts/stack/minio.ts'
import { LAKE, objectStoreRights } from '../scripts/stack/object-store-rights.ts'
import type { ObjectStoreUser } from '../scripts/stack/security.ts'

const settings = loadSettings()
const given = (variable: string): string | undefined => process.env[variable] || undefined
const root = {
  endpoint: settings.objectStoreEndpoint,
  accessKey: given(objectStoreRootVariables.user) ?? settings.objectStoreAccessKey,
  secretKey: given(objectStoreRootVariables.password) ?? settings.objectStoreSecretKey,
  bucket: settings.objectStoreBucket,
  region: settings.objectStoreRegion,
}
await furnishObjectStore(root, settings.caFile)

const users = Object.keys(objectStoreRights) as ObjectStoreUser[]
const missing = users.filter((user) => given(objectStoreKeyVariable(user)) === undefined)
if (missing.length === 0) {
  const keys = Object.fromEntries(users.map((user) => [user, given(objectStoreKeyVariable(user))!]))
  await furnishObjectStoreUsers(root, settings.caFile, { keys: keys as Record<ObjectStoreUser, string>, lakes: [LAKE] })
} else process.stderr.write(`no users are made: ${missing.map(objectStoreKeyVariable).join(', ')} are not given\n`)
