/**
 * Requests that leave for an address that a person or a supplier has given. The host has to be allowed, the connection encrypted, and the
 * network address public: it is checked when the connection is made, so that a name can't lead elsewhere after it was looked at.
 */
import { type LookupAddress, lookup } from 'node:dns'
import http from 'node:http'
import https from 'node:https'
import { BlockList, isIP, type LookupFunction } from 'node:net'
import type { Settings } from '../settings/settings.ts'

/** Where requests may go. */
export type EgressRules = Pick<Settings, 'egressHosts' | 'egressHttp' | 'egressPrivate'>

/** The request was not sent, and would not be the next time. */
export class EgressError extends Error {
  override name = 'EgressError'
}

/** Loopback, private, link-local, shared, documentation, multicast, reserved: nothing there is a supplier (RFC 6890). */
const special = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
  '::/127',
  '::ffff:0:0/96',
  '64:ff9b::/96',
  '64:ff9b:1::/48',
  '100::/64',
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  'fc00::/7',
  'fe80::/10',
  'ff00::/8',
]

/** @param ranges such as `10.1.0.0/16` */
function rangesOf(ranges: readonly string[]): BlockList {
  const found = new BlockList()
  for (const range of ranges) {
    const [address, bits] = range.split('/') as [string, string]
    found.addSubnet(address, Number(bits), isIP(address) === 6 ? 'ipv6' : 'ipv4')
  }
  return found
}

const specialRanges = rangesOf(special)
const isIn = (list: BlockList, address: string): boolean => list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')

/** @throws EgressError when an address is neither public nor allowed */
function requireReachable(host: string, address: string, { egressPrivate }: EgressRules): void {
  if (!isIn(specialRanges, address) || isIn(rangesOf(egressPrivate), address)) return
  throw new EgressError(`${host} is at ${address}, which is no public address; SHELFLINE_EGRESS_PRIVATE allows ranges`)
}

/** Whether a pattern is the host, or `*.` and its domain. */
const isHost = (pattern: string, host: string): boolean =>
  pattern.startsWith('*.') ? host.endsWith(pattern.slice(1)) : host === pattern

/**
 * Why a request can't be sent to an address, looked at without the network; undefined: it may be.
 *
 * @param url that can be parsed
 */
export function egressProblem(url: string, { egressHosts, egressHttp }: EgressRules): string | undefined {
  const { protocol, hostname, host } = new URL(url)
  if (protocol !== 'https:' && !(protocol === 'http:' && egressHttp === 'on')) {
    return `${host}: only https is allowed; SHELFLINE_EGRESS_HTTP=on allows http`
  }
  if (egressHosts.length > 0 && !egressHosts.some((pattern) => isHost(pattern.toLowerCase(), hostname.toLowerCase()))) {
    return `${host} is not among the hosts that SHELFLINE_EGRESS_HOSTS allows`
  }
  return undefined
}

export interface OutgoingRequest {
  url: string
  method: 'GET' | 'POST'
  headers: Readonly<Record<string, string>>
  /** Of a POST. */
  body?: string
  signal: AbortSignal
}

/**
 * Sends a request. A redirect is an answer like any other: it is not followed.
 *
 * @throws EgressError when it may not be sent there
 */
export function send(
  { url, method, headers, body, signal }: OutgoingRequest,
  rules: EgressRules,
): Promise<http.IncomingMessage> {
  const problem = egressProblem(url, rules)
  if (problem !== undefined) return Promise.reject(new EgressError(problem))
  const { protocol, hostname } = new URL(url)
  const literal = hostname.replace(/^\[(.*)\]$/, '$1')
  return new Promise((answered, failed) => {
    if (isIP(literal) !== 0) requireReachable(hostname, literal, rules)
    const request = (protocol === 'https:' ? https : http).request(
      url,
      {
        method,
        headers: { ...headers, ...(body !== undefined && { 'content-length': Buffer.byteLength(body) }) },
        signal,
        // A connection that was made for another message was checked then; a new one is simple, and messages are few.
        agent: false,
        lookup: checkedLookup(rules),
      },
      answered,
    )
    request.once('error', failed)
    request.end(body)
  })
}

/** Looks a name up, and takes its addresses only if all of them may be connected to. */
const checkedLookup =
  (rules: EgressRules): LookupFunction =>
  (host, options, found) => {
    lookup(host, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
      if (error !== null) return found(error, '', 0)
      try {
        for (const { address } of addresses) requireReachable(host, address, rules)
      } catch (refused) {
        return found(refused as NodeJS.ErrnoException, '', 0)
      }
      if (options.all) return found(null, addresses)
      const [first] = addresses
      found(null, first!.address, first!.family)
    })
  }
