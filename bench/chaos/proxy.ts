import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

/**
 * What a network does to the connections between the workers and one server. `delay`: every chunk waits. `reset`: open
 * connections are reset, new ones too. `drop`: bytes are discarded, and their connections reset at the end. `dark`:
 * nothing passes, nothing is answered; what was sent arrives at the end.
 */
export const networkFaults = ['delay', 'reset', 'drop', 'dark'] as const
export type NetworkFault = (typeof networkFaults)[number]

interface Link {
  client: Socket
  server: Socket
  /** Bytes of it were discarded: it must not be used again. */
  isBroken: boolean
}

/** A TCP proxy in front of one server, on the loopback address. */
export class NetworkProxy {
  readonly #target: number
  readonly #server: Server
  readonly #links = new Set<Link>()
  #fault: NetworkFault | undefined
  #delayMs = 0
  #cleared = Promise.withResolvers<void>()

  private constructor(target: number) {
    this.#target = target
    this.#server = createServer({ allowHalfOpen: true }, (client) => this.#accept(client))
  }

  /** @param target the server's port */
  static async open(target: number): Promise<NetworkProxy> {
    const proxy = new NetworkProxy(target)
    proxy.#server.listen(0, '127.0.0.1')
    await once(proxy.#server, 'listening')
    return proxy
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  begin(fault: NetworkFault, delayMs = 0): void {
    this.#fault = fault
    this.#delayMs = delayMs
    if (fault === 'reset') for (const link of this.#links) this.#reset(link)
  }

  end(): void {
    this.#fault = undefined
    for (const link of this.#links) if (link.isBroken) this.#reset(link)
    this.#cleared.resolve()
    this.#cleared = Promise.withResolvers<void>()
  }

  async close(): Promise<void> {
    this.end()
    for (const link of this.#links) this.#reset(link)
    this.#server.close()
    await once(this.#server, 'close')
  }

  #accept(client: Socket): void {
    // What goes wrong on either side ends both; neither side learns more than from a broken connection.
    client.on('error', () => undefined)
    if (this.#fault === 'reset') return void client.resetAndDestroy()
    const server = connect({ port: this.#target, host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
    client.setNoDelay(true)
    const link: Link = { client, server, isBroken: false }
    this.#links.add(link)
    server.on('error', () => this.#reset(link))
    client.on('error', () => this.#reset(link))
    void this.#pump(link, client, server)
    void this.#pump(link, server, client)
  }

  async #pump(link: Link, from: Socket, to: Socket): Promise<void> {
    try {
      for await (const chunk of from) {
        await this.#pass(link)
        if (link.isBroken) continue
        if (!to.write(chunk as Buffer)) await Promise.race([once(to, 'drain'), once(to, 'close')])
      }
      await this.#pass(link)
      if (!link.isBroken) to.end()
    } catch {
      this.#reset(link)
    }
    if (link.client.readableEnded && link.server.readableEnded && !link.isBroken) this.#links.delete(link)
  }

  async #pass(link: Link): Promise<void> {
    while (this.#fault === 'dark') await this.#cleared.promise
    if (this.#fault === 'drop') link.isBroken = true
    if (this.#fault === 'delay') await pause(this.#delayMs)
  }

  #reset(link: Link): void {
    this.#links.delete(link)
    link.client.resetAndDestroy()
    link.server.resetAndDestroy()
  }
}
