/**
 * A bound on the packets of MQTT before they are complete: a header of five bytes may announce 256 MB, which the parser would collect.
 */
const LENGTH_BYTES_MAX = 4

export class PacketBound {
  #skip = 0
  /** Of the length that is being read; -1: the next byte begins a packet. */
  #lengthBytes = -1
  #length = 0

  /** @returns whether a packet that begins in these bytes is larger, or its length is none */
  exceeds(bytes: Uint8Array, bytesMax: number): boolean {
    for (let index = 0; index < bytes.length; ) {
      if (this.#skip > 0) {
        const skipped = Math.min(this.#skip, bytes.length - index)
        this.#skip -= skipped
        index += skipped
        continue
      }
      const byte = bytes[index]!
      index += 1
      if (this.#lengthBytes === -1) {
        this.#lengthBytes = 0
        this.#length = 0
        continue
      }
      this.#length += (byte & 0x7f) * 128 ** this.#lengthBytes
      this.#lengthBytes += 1
      const isLast = byte < 0x80
      if (this.#length > bytesMax || (!isLast && this.#lengthBytes === LENGTH_BYTES_MAX)) return true
      if (!isLast) continue
      this.#skip = this.#length
      this.#lengthBytes = -1
    }
    return false
  }
}
