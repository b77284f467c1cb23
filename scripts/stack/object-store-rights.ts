/**
 * What each user of a secure object store may do, by folder of the bucket. What is not here is denied. `docs/rights.md` is made from it; an S3 of
 * another maker takes the same policies.
 */
import { definitions } from '../../platform/settings/settings.ts'
import type { ObjectStoreUser } from './security.ts'

export const objectVerbs = ['read', 'write', 'delete'] as const
export type ObjectVerb = (typeof objectVerbs)[number]

interface ObjectStoreRights {
  purpose: string
  /** Folders by what may be done in them; `''`: the whole bucket. To read includes to list. */
  folders: Partial<Readonly<Record<ObjectVerb, readonly string[]>>>
  /** Nothing is deleted here, whatever `folders` allows. */
  keeps?: readonly string[]
}

export const LAKE = definitions.lakePrefix.default
const RAW = `${LAKE}/raw/`
/** What assets build, and what Spark has made of it that waits for the copy. */
const built = ['cleansed', 'features', 'predictions', 'ops', 'results'].map((folder) => `${LAKE}/${folder}/`)
const MODELS = `${LAKE}/models/`
/** Files for suppliers. */
const ORDERS = 'orders/'
/** Files of feeds. */
const FILES = 'files/'

export const objectStoreRights: Readonly<Record<ObjectStoreUser, ObjectStoreRights>> = {
  shelfline_app: {
    purpose: 'commands: everything, but they delete no raw events',
    folders: { read: [''], write: [''], delete: [''] },
    keeps: [RAW],
  },
  shelfline_vacuum: {
    purpose:
      'the commands `lake vacuum` and `privacy`, and the schedule `privacy`, alone: delete files that no version needs, also of raw events, and write files again without a customer',
    folders: { read: [''], write: [`${LAKE}/`], delete: [`${LAKE}/`] },
  },
  shelfline_stream: {
    purpose: 'worker stream, the sink of raw events: adds to them',
    folders: { read: [RAW], write: [RAW] },
  },
  shelfline_batch: {
    purpose:
      'worker batch: reads the lake, builds tables and models, removes files of its own lost runs, writes orders for suppliers',
    folders: { read: [`${LAKE}/`, ORDERS], write: [...built, MODELS, ORDERS], delete: built },
  },
  shelfline_web: {
    purpose: 'web application: shows the lake to who may see everything',
    folders: { read: [`${LAKE}/`] },
  },
  shelfline_predict: {
    purpose: 'worker predict: reads features and models, and which tables there are',
    folders: { read: [`${LAKE}/`] },
  },
  shelfline_files: {
    purpose: 'worker files: takes the files of feeds, and moves those that it can not use',
    folders: { read: [FILES], write: [FILES], delete: [FILES] },
  },
}

const actions: Readonly<Record<ObjectVerb, readonly string[]>> = {
  read: ['s3:GetObject'],
  // A large object goes in parts, which a writer that fails takes back.
  write: ['s3:PutObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'],
  delete: ['s3:DeleteObject'],
}

/** Lakes of tests, beside the instance's own. */
export const TEST_LAKES = 'test/*'

/**
 * A user's policy, in the language of S3.
 *
 * @param lakes the lake's folder, and others in which the user may do the same
 */
export function policyOf(user: ObjectStoreUser, bucket: string, lakes: readonly string[]): object {
  const { folders: own, keeps = [] } = objectStoreRights[user]
  const inLakes = (folder: string) =>
    folder.startsWith(`${LAKE}/`) ? lakes.map((lake) => `${lake}${folder.slice(LAKE.length)}`) : [folder]
  const folders = Object.fromEntries(objectVerbs.map((verb) => [verb, (own[verb] ?? []).flatMap(inLakes)]))
  const objects = (names: readonly string[]) => names.map((folder) => `arn:aws:s3:::${bucket}/${folder}*`)
  const allowed = objectVerbs.flatMap((verb) => {
    const names = folders[verb] ?? []
    return names.length === 0 ? [] : [{ Effect: 'Allow', Action: actions[verb], Resource: objects(names) }]
  })
  const listed = folders.read!.map((folder) => `${folder}*`)
  const list = {
    Effect: 'Allow',
    Action: ['s3:ListBucket'],
    Resource: [`arn:aws:s3:::${bucket}`],
    ...(listed.includes('*') ? {} : { Condition: { StringLike: { 's3:prefix': listed } } }),
  }
  const denied = keeps.length === 0 ? [] : [{ Effect: 'Deny', Action: actions.delete, Resource: objects(keeps) }]
  return { Version: '2012-10-17', Statement: [...allowed, list, ...denied] }
}

/** A part of the page `docs/rights.md`. */
export function objectStoreRightsTable(): string {
  const shown = (names: readonly string[]) => names.map((folder) => (folder === '' ? 'everywhere' : `\`${folder}\``))
  const rows = Object.entries(objectStoreRights).map(([user, { purpose, folders, keeps = [] }]) => {
    const cells = objectVerbs.map((verb) => {
      const but = verb === 'delete' && keeps.length > 0 ? ` but ${shown(keeps).join(', ')}` : ''
      return shown(folders[verb] ?? []).join(', ') + but
    })
    return `| \`${user}\` | ${purpose} | ${cells.join(' | ')} |`
  })
  return ['| user | for | reads and lists | writes | deletes |', '|---|---|---|---|---|', ...rows].join('\n')
}
