/** The endpoint of a supplier by adapter: checked when the record is read, and again before an order is sent. */
import { createHash } from 'node:crypto'

/** The limit of Linux, and so of MinIO, between two slashes; S3 has only the limit of the whole name. */
const SEGMENT_BYTES_MAX = 255
const OBJECT_NAME_BYTES_MAX = 1_024

/**
 * Why orders can't be sent to an endpoint, and how to fix it; undefined if they can.
 *
 * @param endpoint of `file` the folder, by default the supplier's id; of `webhook` the URL; the simulator needs none
 */
export function endpointProblem(
  adapter: string,
  supplierId: string,
  endpoint: string | null | undefined,
): string | undefined {
  switch (adapter) {
    case 'webhook':
      return urlProblem(endpoint)
    case 'file': {
      if (endpoint != null) {
        const problem = objectNameProblem(endpoint)
        return problem && `endpoint "${endpoint}" can't be a folder for files: ${problem}`
      }
      const problem = objectNameProblem(supplierId)
      return problem && `supplier_id "${supplierId}" can't be a folder for files (${problem}): give an endpoint`
    }
    default:
      return undefined
  }
}

function urlProblem(endpoint: string | null | undefined): string | undefined {
  if (endpoint == null) return 'endpoint is missing: a webhook needs the URL that orders are posted to (https://…)'
  if (!URL.canParse(endpoint) || !['http:', 'https:'].includes(new URL(endpoint).protocol)) {
    return `endpoint "${endpoint}" is not a URL that begins with http:// or https://`
  }
  const { host, username, password } = new URL(endpoint)
  // Not repeated: it may be a secret.
  if (username !== '' || password !== '') return `endpoint has a user name or password before ${host}: remove it`
  return undefined
}

/** Why a text can't be the name of an object or of its folder; undefined if it can. */
export function objectNameProblem(name: string): string | undefined {
  const segments = name.split('/')
  if (segments.includes('')) return 'it begins or ends with a slash, or has two in a row'
  if (segments.some((segment) => segment === '.' || segment === '..')) return 'it has "." or ".." between slashes'
  if (segments.some((segment) => Buffer.byteLength(segment) > SEGMENT_BYTES_MAX)) {
    return `it has more than ${SEGMENT_BYTES_MAX} bytes between two slashes`
  }
  if (Buffer.byteLength(name) > OBJECT_NAME_BYTES_MAX) return `it is longer than ${OBJECT_NAME_BYTES_MAX} bytes`
  return undefined
}

/** What follows the name between two slashes, such as `.csv`. */
const ENDING_BYTES_MAX = 15

/**
 * An id as a part of an object's name. Characters of other scripts have up to four bytes: what is too long becomes a hash, which is the
 * same each time.
 */
export const objectSegment = (id: string): string =>
  Buffer.byteLength(id) <= SEGMENT_BYTES_MAX - ENDING_BYTES_MAX ? id : createHash('sha256').update(id).digest('hex')
