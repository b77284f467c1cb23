import { isAllowed, type Permission } from '../../services/access/permissions.ts'
import { assetPath } from '../assets.ts'
import { type Notice, type Page, themes, type View } from '../definition.ts'
import { texts } from '../texts.ts'
import { form } from './components.ts'
import { type Content, type Html, html } from './html.ts'

export interface Link {
  href: string
  label: string
  permission: Permission
}

const mark = html`<svg viewBox="0 0 18 18" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="2"><path d="M1 6h16M1 13h16"/><path d="M4 6V2h4v4M10 13V9h4v4" stroke="var(--accent)"/></svg>`

const document = (title: string, theme: string, body: Content, script?: Page['script']): Html =>
  html`<!doctype html>
<html lang="${texts.language}" data-theme="${theme}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · ${texts.product}</title>
<link rel="icon" href="${assetPath('icon.svg')}" type="image/svg+xml">
<link rel="stylesheet" href="${assetPath('style.css')}">
<script type="module" src="${assetPath('main.js')}"></script>${script && html`<script type="module" src="${assetPath(script)}"></script>`}
</head>
${body}
</html>`

/** A page within the frame of a signed-in person. */
export function layout(view: View, links: readonly Link[], page: Page, notice: Notice | undefined): Html {
  const { visitor, url } = view
  const allowed = links.filter(({ permission }) => isAllowed(visitor.role, permission))
  return document(
    page.title,
    visitor.theme,
    html`<body>
<a class="skip" href="#content">${texts.nav.skip}</a>
<div class="frame">
<header class="side">
<a class="brand" href="/">${mark}${texts.product}</a>
<details class="menu" id="menu"><summary>${texts.nav.menu}</summary><div>
<nav class="nav" aria-label="${texts.nav.label}">${allowed.map((link) => navLink(link, url))}</nav>
${who(view)}
</div></details>
</header>
<main id="content" ${page.live && html`data-live="${page.live}"`} ${page.script && html`data-live-own`}>
<div class="head"><div><h1>${page.title}</h1>${page.note && html`<p class="note">${page.note}</p>`}</div>${
      page.live &&
      html`<span class="live" role="status" data-live-state data-texts="${JSON.stringify(texts.live)}">${texts.live.connecting}</span>`
    }${page.actions && html`<div class="actions">${page.actions}</div>`}</div>
${page.body}
</main>
</div>
${notice && toast(notice, url)}
<dialog id="palette" aria-label="${texts.palette.label}" data-none="${texts.palette.none}"><input type="search" role="combobox" aria-expanded="true" aria-controls="found" aria-label="${texts.palette.label}" placeholder="${texts.palette.label}" autocomplete="off"><ul role="listbox" id="found" aria-label="${texts.palette.open}"></ul><p class="hint">${texts.palette.hint}</p></dialog>
</body>`,
    page.script,
  )
}

function navLink({ href, label }: Link, url: URL): Html {
  const isCurrent = href === '/' ? url.pathname === '/' : url.pathname === href || url.pathname.startsWith(`${href}/`)
  return html`<a href="${href}" ${isCurrent && html`aria-current="page"`}>${label}</a>`
}

const who = ({ visitor, url }: View): Html =>
  html`<div class="who"><div><a href="/account">${visitor.person}</a><div class="small quiet">${texts.roles[visitor.role]} · ${texts.sees(visitor.sees)}</div></div>
${form(
  '/account/theme',
  {},
  html`<div class="themes" role="group" aria-label="${texts.themes.label}">${themes.map(
    (theme) =>
      html`<button name="theme" value="${theme}" aria-pressed="${String(theme === visitor.theme)}">${texts.themes[theme]}</button>`,
  )}</div>`,
  url,
)}
${form('/sign-out', {}, html`<button class="plain small">${texts.account.signOut}</button>`, url)}</div>`

const toast = ({ text, kind = 'done', undo }: Notice, url: URL): Html =>
  html`<div class="toast ${kind}" role="status"><span>${text}</span>${
    undo && form(undo.path, undo.fields, html`<button>${texts.toast.undo}</button>`, url)
  }<a class="button small hidden" data-close href="${url.pathname + url.search}">${texts.toast.close}</a></div>`

export interface PlainOptions {
  theme?: string
  /** For more to read than a form. */
  isWide?: boolean
}

/** A page for those who are not signed in. */
export const plainPage = (title: string, body: Content, { theme = 'system', isWide }: PlainOptions = {}): Html =>
  document(
    title,
    theme,
    html`<body class="alone${isWide ? ' wide' : ''}"><main id="content"><a class="brand" href="/">${mark}${texts.product}</a><h1>${title}</h1>${body}</main></body>`,
  )
