/** What the artefacts of all models share: a folder of files, one of which describes what the others are over. */

export const MANIFEST_FILE = 'manifest.json'

/** A version that is not whole, or does not fit this code: no retry mends it. */
export class ModelUnusable extends Error {
  override name = 'ModelUnusable'
}

/** Where artefacts are; what is not there is undefined. */
export interface FileStore {
  get(key: string): Promise<Buffer | undefined>
}

/** @throws ModelUnusable when the file is missing */
export async function readArtefact(files: FileStore, artefact: string, file: string): Promise<Buffer> {
  const content = await files.get(`${artefact}/${file}`)
  if (content !== undefined) return content
  throw new ModelUnusable(
    `model: ${artefact}/${file} is missing in the bucket; train the model again, or roll back to a complete version`,
  )
}

/** @throws ModelUnusable when the file is missing */
export async function readManifest<Manifest>(files: FileStore, artefact: string): Promise<Manifest> {
  return JSON.parse((await readArtefact(files, artefact, MANIFEST_FILE)).toString()) as Manifest
}

/** @throws ModelUnusable when a model reads other features than `made`, or in another order */
export function assertFeatures(artefact: string, features: readonly string[], made: readonly string[]): void {
  if (features.join() === made.join()) return
  const lacking = features.filter((name) => !made.includes(name))
  const added = made.filter((name) => !features.includes(name))
  throw new ModelUnusable(
    `model: ${artefact} reads other features than this version makes (lacking: ${lacking.join(', ') || 'none'}; ` +
      `new: ${added.join(', ') || 'none'}); train the model again`,
  )
}
