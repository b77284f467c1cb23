/** A small file system of its own for one folder, which can be filled to the last byte. Linux, root. */
import { execFileSync } from 'node:child_process'
import { closeSync, mkdirSync, openSync, renameSync, rmSync, truncateSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'

const MEGABYTE = 1024 * 1024

export class SmallDisk {
  readonly #folder: string
  readonly #image: string

  /** Moves what is in the folder onto a new file system of this many megabytes, mounted in its place. */
  constructor(folder: string, image: string, megabytes: number) {
    this.#folder = folder
    this.#image = image
    writeFileSync(image, '')
    truncateSync(image, megabytes * MEGABYTE)
    execFileSync('mkfs.ext4', ['-q', '-F', '-m', '0', image])
    mkdirSync(folder, { recursive: true })
    const before = `${folder}.before`
    renameSync(folder, before)
    mkdirSync(folder, { recursive: true })
    execFileSync('mount', ['-o', 'loop', image, folder])
    rmSync(join(folder, 'lost+found'), { recursive: true, force: true })
    execFileSync('cp', ['-a', `${before}/.`, folder])
    rmSync(before, { recursive: true, force: true })
  }

  fill(): void {
    const file = openSync(join(this.#folder, 'ballast'), 'w')
    let size = MEGABYTE
    const block = Buffer.alloc(MEGABYTE)
    try {
      for (;;) {
        try {
          writeSync(file, block, 0, size)
        } catch {
          if (size === 512) return
          size = Math.max(512, size >> 1)
        }
      }
    } finally {
      closeSync(file)
    }
  }

  free(): void {
    rmSync(join(this.#folder, 'ballast'), { force: true })
  }

  close(): void {
    execFileSync('umount', ['-l', this.#folder])
    rmSync(this.#image, { force: true })
  }
}
