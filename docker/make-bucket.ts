/** Makes the lake's bucket where it isn't there yet, and makes sure that the object store refuses a second commit. */
import { loadSettings } from '../platform/settings/settings.ts'
import { furnishObjectStore } from '../scripts/stack/minio.ts'

const settings = loadSettings()
await furnishObjectStore(
  {
    endpoint: settings.objectStoreEndpoint,
    accessKey: settings.objectStoreAccessKey,
    secretKey: settings.objectStoreSecretKey,
    bucket: settings.objectStoreBucket,
    region: settings.objectStoreRegion,
  },
  settings.caFile,
)
