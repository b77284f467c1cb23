/**
 * Loaded into a worker before its own code (`node --import`). Kafka's clients go to the address that the broker advertises: here
 * their connections go through the proxy instead. And the worker's clock can be moved while it runs.
 *
 * CHAOS_PORTS: `real=proxy,…`. CHAOS_CLOCK_FILE: a file with the milliseconds by which the clock is off.
 */
import { readFileSync } from 'node:fs'
import { Socket } from 'node:net'

const CLOCK_POLL_MS = 50

const ports = new Map(
  (process.env.CHAOS_PORTS ?? '')
    .split(',')
    .filter(Boolean)
    .map((pair) => pair.split('=').map(Number) as [number, number]),
)
if (ports.size > 0) redirect(ports)
if (process.env.CHAOS_CLOCK_FILE !== undefined) shiftClock(process.env.CHAOS_CLOCK_FILE)

type Connect = (this: Socket, ...given: unknown[]) => Socket

function redirect(to: ReadonlyMap<number, number>): void {
  const plain = Socket.prototype.connect as Connect
  const connect: Connect = function (...given) {
    const options = (Array.isArray(given[0]) ? given[0][0] : given[0]) as { port?: number } | number
    if (typeof options === 'object' && options !== null) options.port = to.get(Number(options.port)) ?? options.port!
    else if (typeof options === 'number') given[0] = to.get(options) ?? options
    return plain.apply(this, given)
  }
  Socket.prototype.connect = connect as typeof Socket.prototype.connect
}

function shiftClock(file: string): void {
  const RealDate = Date
  const realNow = Date.now
  let offsetMs = 0
  const read = () => {
    try {
      offsetMs = Number(readFileSync(file, 'utf8')) || 0
    } catch {
      // No file: the clock is right.
    }
  }
  read()
  setInterval(read, CLOCK_POLL_MS).unref()
  RealDate.now = () => realNow() + offsetMs
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, given, newTarget) =>
      Reflect.construct(target, given.length === 0 ? [target.now()] : given, newTarget),
    apply: (target) => new target(target.now()).toString(),
  })
}
