import { getConnInfo } from '@hono/node-server/conninfo'
import type { Context, MiddlewareHandler } from 'hono'
import { ForbiddenError } from '../services/errors.ts'
import { texts } from './texts.ts'

/** Where a request comes from; behind a proxy it is the address of the proxy. */
export const clientAddress = (context: Context): string => getConnInfo(context).remote.address ?? 'unknown'

/** Nothing inline, nothing from elsewhere, no frame around. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

export const secureHeaders =
  (isSecure: boolean): MiddlewareHandler =>
  async (context, next) => {
    await next()
    const { headers } = context.res
    headers.set('content-security-policy', POLICY)
    headers.set('x-content-type-options', 'nosniff')
    headers.set('referrer-policy', 'same-origin')
    headers.set('cross-origin-opener-policy', 'same-origin')
    headers.set('cross-origin-resource-policy', 'same-origin')
    headers.set('permissions-policy', 'camera=(), geolocation=(), microphone=()')
    if (isSecure) headers.set('strict-transport-security', 'max-age=31536000')
    if (!headers.has('cache-control')) headers.set('cache-control', 'no-store')
  }

/**
 * Requests that change something are taken from our own pages only. Browsers send where a request comes from, and no page can change
 * that (Fetch Metadata; the origin, where a browser is older): a request that has neither is refused. A program sends its token in a
 * header that no page can make a browser send to another site: it needs no origin.
 *
 * @param open paths that take nothing from a browser's session
 */
export const refuseCrossSite =
  (origins: () => readonly string[], open: readonly string[]): MiddlewareHandler =>
  async (context, next) => {
    const { method } = context.req
    const isProgram = context.req.header('authorization') !== undefined || open.includes(context.req.path)
    if (method !== 'GET' && method !== 'HEAD' && !isProgram) {
      const site = context.req.header('sec-fetch-site')
      const origin = context.req.header('origin')
      const isOwn = origin !== undefined && origins().includes(origin)
      if (!isOwn || (site !== undefined && site !== 'same-origin')) throw new ForbiddenError(texts.errors.crossSite)
    }
    await next()
  }
