import { Type } from 'typebox'
import { isAllowed } from '../services/access/permissions.ts'
import { type Found, findByName } from '../services/live-state/search.ts'
import { question } from './definition.ts'
import type { Link } from './page/layout.ts'
import { text } from './shapes.ts'
import { texts } from './texts.ts'

/** Where a thing that was found is shown; undefined: nowhere that the role may go. */
export type Target = (found: Found) => (Omit<Link, 'label'> & { label: string }) | undefined

/** For the palette: pages whose name begins so, then stores, products and orders. */
export const search = (links: readonly Link[], target: Target) =>
  question({
    path: '/search',
    permission: 'own.see',
    summary: 'Pages, stores, products and orders by a part of their name',
    query: Type.Object({ q: Type.Optional(Type.String({ maxLength: 100 })) }),
    answer: Type.Object({ found: Type.Array(Type.Object({ href: text, label: text, kind: text })) }),
    async read({ visitor, pool }, { q = '' }) {
      const pages = links
        .filter(
          ({ permission, label }) =>
            isAllowed(visitor.role, permission) && label.toLowerCase().includes(q.toLowerCase()),
        )
        .map(({ href, label }) => ({ href, label, kind: texts.palette.page }))
      const things = (await findByName(pool, q)).flatMap((found) => {
        const to = target(found)
        if (to === undefined || !isAllowed(visitor.role, to.permission)) return []
        return [{ href: to.href, label: to.label, kind: texts.palette.kinds[found.kind] }]
      })
      return { found: [...pages, ...things] }
    },
  })
