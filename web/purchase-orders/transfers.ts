import { Type } from 'typebox'
import { formatDay, formatInstant, formatMoney, formatNumber } from '../../platform/format.ts'
import { isAllowed } from '../../services/access/permissions.ts'
import { type EditReason, readEditReasons } from '../../services/purchase-orders/reasons.ts'
import {
  approveTransfer,
  denyTransfer,
  type ListedTransfer,
  listTransfers,
  readTransfer,
  type TransferDetails,
  type TransferState,
  transferStates,
} from '../../services/replenishment/transfers.ts'
import { inWords } from '../alerts/list.ts'
import { action, question, type View } from '../definition.ts'
import {
  empty,
  facts,
  filters,
  form,
  input,
  message,
  type State,
  section,
  select,
  selectOrAll,
  state,
} from '../page/components.ts'
import { type Html, html } from '../page/html.ts'
import { type Column, csvAddress, table } from '../page/table.ts'
import { pageFields, pageOf } from '../shapes.ts'
import { texts } from '../texts.ts'
import { editReason, listedTransfer, transferShape } from './shapes.ts'

const words = texts.transfers

const kinds: Record<TransferState, State> = {
  proposed: 'watch',
  approved: 'ok',
  denied: 'off',
  expired: 'off',
  shipped: 'ok',
  received: 'off',
}

const pathOf = (id: string): string => `/transfers/${encodeURIComponent(id)}`

export const transferList = question({
  path: '/transfers',
  permission: 'orders.see',
  summary: 'Transfers between locations, the newest first',
  query: Type.Object({
    state: Type.Optional(Type.Enum([...transferStates])),
    location: Type.Optional(Type.String({ maxLength: 200 })),
    ...pageFields,
  }),
  answer: pageOf(listedTransfer),
  read: ({ pool }, filter) => listTransfers(pool, filter),
  rows: ({ items }) => items,
  page({ url, visitor }, { items, next }, query) {
    const { locale } = visitor
    const columns: Column<ListedTransfer>[] = [
      {
        name: 'what',
        heading: words.what,
        phone: 'lead',
        cell: ({ transferId, productName, from, to }) =>
          html`<a class="title" href="${pathOf(transferId)}">${productName}</a><span class="under">${words.fromTo(from, to)}</span>`,
      },
      {
        name: 'gain',
        heading: words.gain,
        isNumber: true,
        phone: 'aside',
        cell: ({ gain, currency }) => formatMoney(locale, gain, currency),
      },
      {
        name: 'quantity',
        heading: words.quantity,
        isNumber: true,
        isNamed: true,
        cell: ({ quantity }) => formatNumber(locale, quantity, 3),
      },
      { name: 'state', heading: words.state, cell: (one) => state(kinds[one.state], words.states[one.state]) },
      {
        name: 'planned',
        heading: words.planned,
        phone: 'none',
        cell: ({ reviewDate }) =>
          html`<time class="nowrap" datetime="${reviewDate}">${formatDay(locale, reviewDate)}</time>`,
      },
      {
        name: 'expires',
        heading: words.expires,
        isNamed: true,
        cell: (one) =>
          one.state === 'proposed' &&
          html`<time class="nowrap">${formatInstant(locale, one.expiresAt, 'UTC')} UTC</time>`,
      },
    ]
    const isFiltered = ['state', 'location'].some((name) => url.searchParams.has(name))
    const csv = csvAddress(url)
    const nothing = isFiltered ? empty(words.noMatchTitle, texts.alerts.noMatch) : empty(words.noneTitle, words.none)
    return {
      title: words.title,
      note: words.note,
      body: html`${filters(
        url,
        html`${selectOrAll(
          'state',
          words.state,
          transferStates.map((value) => ({ value, label: words.states[value] })),
          query.state,
        )}${input('location', words.location, query.location)}`,
        isFiltered,
      )}${items.length === 0 ? nothing : table({ caption: words.title, columns, rows: items, url, locale, next, csv })}`,
    }
  },
})

interface Transfer extends TransferDetails {
  reasons: EditReason[]
}

export const transferDetail = question({
  path: '/transfers/:transfer',
  permission: 'orders.see',
  summary: 'A transfer with what its gain is made of, and the lots that were moved',
  query: Type.Object({ transfer: Type.String({ maxLength: 300 }) }),
  answer: Type.Object({ ...transferShape, reasons: Type.Array(editReason) }),
  async read({ pool, visitor }, { transfer }): Promise<Transfer> {
    return { ...(await readTransfer(pool, transfer, visitor.person)), reasons: await readEditReasons(pool) }
  },
  page(view, transfer) {
    const { locale } = view.visitor
    const { explanation, lots, currency } = transfer
    const money = formatMoney(locale, transfer.gain, currency)
    return {
      title: transfer.transferId,
      note: html`<a href="/transfers">${words.title}</a> · ${words.fromTo(transfer.from, transfer.to)}`,
      body: html`<div class="columns"><div>${decisions(view, transfer, money)}
${section(
  words.terms,
  facts(
    explanation.terms.map(({ name, value, unit }) => [
      inWords(name),
      typeof value === 'number'
        ? unit.includes('money')
          ? formatMoney(locale, value, currency)
          : formatNumber(locale, value, 2)
        : value,
    ]),
  ),
)}
${section(
  words.lots,
  lots.length === 0
    ? html`<p class="quiet">${words.noLots}</p>`
    : facts(
        lots.map(({ batchId, quantity, expiresOn }) => [
          batchId ?? '–',
          `${formatNumber(locale, quantity, 3)}${expiresOn === null ? '' : ` · ${expiresOn}`}`,
        ]),
      ),
)}</div><aside>${facts([
        [words.state, state(kinds[transfer.state], words.states[transfer.state])],
        [words.product, explanation.product_name],
        [words.quantity, formatNumber(locale, transfer.quantity, 3)],
        [words.gain, money],
        [words.planned, formatDay(locale, transfer.reviewDate)],
        [words.expires, transfer.state === 'proposed' && `${formatInstant(locale, transfer.expiresAt, 'UTC')} UTC`],
        [words.decidedBy, transfer.decidedBy],
        [words.shipped, transfer.shippedAt !== null && formatNumber(locale, transfer.shippedQuantity, 3)],
        [words.goodUntil, transfer.goodUntil],
      ])}</aside></div>`,
    }
  },
})

function decisions(
  { url, visitor }: View,
  { transferId, state, mayDecide, reasons }: Transfer,
  money: string,
): Html | '' {
  if (state !== 'proposed' || !isAllowed(visitor.role, 'orders.decide')) return ''
  if (!mayDecide) return message('off', words.mayNot)
  return html`<section><div class="actions">${form(`${pathOf(transferId)}/approve`, {}, html`<button class="main">${words.approve(money)}</button>`, url)}<span class="small quiet">${words.approveMeans}</span></div>
<details class="disclose"><summary>${words.deny}</summary>${form(
    `${pathOf(transferId)}/deny`,
    {},
    html`<div class="fields">${select(
      'reasonCode',
      words.reason,
      reasons.map(({ code, meaning }) => ({ value: code, label: meaning })),
      undefined,
    )}${input('why', words.why, '', html`maxlength="500"`)}<button class="danger">${words.deny}</button></div>`,
    url,
  )}</details></section>`
}

const one = { transfer: Type.String({ maxLength: 300 }) }
const done = ({ transferId, state }: TransferDetails) => ({
  text: words.done(transferId, words.states[state].toLowerCase()),
})

export const transferActions = [
  action({
    path: '/transfers/:transfer/approve',
    permission: 'orders.decide',
    summary: 'Approve a transfer; the goods leave within a minute',
    input: Type.Object(one),
    answer: Type.Object(transferShape),
    run: ({ pool, visitor }, { transfer }) => approveTransfer(pool, transfer, { by: visitor.person }),
    done,
  }),
  action({
    path: '/transfers/:transfer/deny',
    permission: 'orders.decide',
    summary: 'Deny a transfer; the product is ordered from its supplier instead',
    input: Type.Object({
      ...one,
      reasonCode: Type.String({ minLength: 1, maxLength: 100 }),
      why: Type.Optional(Type.String({ maxLength: 500 })),
    }),
    answer: Type.Object(transferShape),
    run: ({ pool, visitor }, { transfer, ...said }) => denyTransfer(pool, transfer, { by: visitor.person, ...said }),
    done,
  }),
]
