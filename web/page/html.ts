import { html, raw } from 'hono/html'
import type { HtmlEscapedString } from 'hono/utils/html'

/** What a component returns: everything that was put into it is escaped. */
export type Html = HtmlEscapedString | Promise<HtmlEscapedString>
export type Content = Html | string | number | null | undefined | false | readonly Content[]

export { html, raw }
