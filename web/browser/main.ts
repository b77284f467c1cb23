/**
 * What pages gain where script runs; without it every form and link works. Served as it is, with its types stripped.
 */
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />

const find = <Kind extends Element>(selector: string, within: ParentNode = document): Kind | null =>
  within.querySelector<Kind>(selector)
const findAll = <Kind extends Element>(selector: string, within: ParentNode = document): Kind[] => [
  ...within.querySelectorAll<Kind>(selector),
]

keepMenuOpen()
closeToasts()
submitOnce()
chooseAll()
searchByKey()
followLive()

/** The menu is folded on a phone only. */
function keepMenuOpen(): void {
  const menu = find<HTMLDetailsElement>('#menu')
  if (menu === null) return
  const isWide = matchMedia('(min-width: 761px)')
  const set = () => {
    menu.open = isWide.matches
  }
  isWide.addEventListener('change', set)
  set()
}

function closeToasts(): void {
  for (const close of findAll<HTMLElement>('.toast [data-close]')) {
    close.classList.remove('hidden')
    close.addEventListener('click', (event) => {
      event.preventDefault()
      close.closest('.toast')?.remove()
    })
  }
}

/** A form that was sent is not sent again by a second click. */
function submitOnce(): void {
  addEventListener('submit', (event) => {
    const sent = event.target as HTMLFormElement
    if (sent.method !== 'post' || event.defaultPrevented) return
    setTimeout(() => {
      for (const button of findAll<HTMLButtonElement>('button', sent)) button.disabled = true
    })
  })
  // A page that comes back from the browser's memory can be sent again.
  addEventListener('pageshow', () => {
    for (const button of findAll<HTMLButtonElement>('form[method=post] button')) button.disabled = false
  })
}

/** A box above the boxes of a table, and the number that is chosen on the buttons. */
function chooseAll(): void {
  for (const table of findAll<HTMLTableElement>('table')) {
    const boxes = findAll<HTMLInputElement>('td.pick input', table)
    const corner = find('th.pick', table)
    if (boxes.length === 0 || corner === null) continue
    const all = document.createElement('input')
    all.type = 'checkbox'
    all.setAttribute('aria-label', corner.textContent ?? '')
    corner.replaceChildren(all)
    const show = () => {
      const chosen = boxes.filter(({ checked }) => checked).length
      all.checked = chosen === boxes.length
      all.indeterminate = chosen > 0 && chosen < boxes.length
      for (const count of findAll('[data-chosen]')) count.textContent = chosen > 0 ? ` ${chosen}` : ''
    }
    all.addEventListener('change', () => {
      for (const box of boxes) box.checked = all.checked
      show()
    })
    table.addEventListener('change', show)
  }
}

interface Found {
  label: string
  kind: string
  href: string
}

/** `/` and Ctrl-K search pages, stores, products and orders. */
function searchByKey(): void {
  const dialog = find<HTMLDialogElement>('#palette')
  const field = dialog && find<HTMLInputElement>('input', dialog)
  const list = dialog && find<HTMLUListElement>('ul', dialog)
  if (dialog === null || !field || !list) return
  let found: Found[] = []
  let chosen = 0
  let asked = 0

  const show = () => {
    const options = found.map(({ label, kind }, index) => {
      const option = document.createElement('li')
      option.id = `found-${index}`
      option.role = 'option'
      option.ariaSelected = String(index === chosen)
      const kindOf = document.createElement('span')
      kindOf.className = 'small quiet'
      kindOf.textContent = kind
      option.append(label, kindOf)
      option.addEventListener('click', () => open(index))
      return option
    })
    list.replaceChildren(...options)
    field.setAttribute('aria-activedescendant', found.length > 0 ? `found-${chosen}` : '')
  }
  const open = (index: number) => {
    const target = found[index]
    if (target !== undefined) location.assign(target.href)
  }
  const search = async () => {
    asked += 1
    const mine = asked
    const answer = await fetch(`/api/v1/search?q=${encodeURIComponent(field.value)}`).catch(() => undefined)
    if (mine !== asked || !answer?.ok) return
    found = ((await answer.json()) as { found: Found[] }).found
    chosen = 0
    show()
  }

  field.addEventListener('input', search)
  field.addEventListener('keydown', (event) => {
    if (event.key === 'Enter') open(chosen)
    else if (event.key === 'ArrowDown') chosen = Math.min(chosen + 1, found.length - 1)
    else if (event.key === 'ArrowUp') chosen = Math.max(chosen - 1, 0)
    else return
    event.preventDefault()
    show()
  })
  const start = () => {
    field.value = ''
    dialog.showModal()
    void search()
  }
  for (const button of findAll('[data-palette]')) {
    button.classList.remove('hidden')
    button.addEventListener('click', start)
  }
  addEventListener('keydown', (event) => {
    const isTyping = (event.target as Element).matches('input, textarea, select')
    const isAsked = (event.key === '/' && !isTyping) || (event.key === 'k' && (event.ctrlKey || event.metaKey))
    if (!isAsked || dialog.open) return
    event.preventDefault()
    start()
  })
}

/** Values that change by themselves: an event is a map from `data-key` to its text now. */
function followLive(): void {
  const page = find<HTMLElement>('[data-live]')
  const shown = find<HTMLElement>('[data-live-state]')
  if (page === null || shown === null) return
  const words = JSON.parse(shown.dataset.texts ?? '{}') as { live: string; connecting: string; lost: string }
  const source = new EventSource(page.dataset.live!)
  let heardAt: Date | undefined
  const say = (state: string, text: string) => {
    if (shown.dataset.state === state) return
    shown.dataset.state = state
    shown.textContent = text
  }
  source.addEventListener('values', (event) => {
    heardAt = new Date()
    say('live', words.live)
    const values = JSON.parse(event.data) as Record<string, string>
    dispatchEvent(new CustomEvent('live-values', { detail: values }))
    if (page.dataset.liveOwn !== undefined) return
    for (const [key, value] of Object.entries(values)) {
      const place = find<HTMLElement>(`[data-key="${CSS.escape(key)}"]`)
      if (place === null || place.textContent === value) continue
      place.textContent = value
      place.classList.remove('changed')
      // Reading the width restarts the tint.
      void place.offsetWidth
      place.classList.add('changed')
    }
  })
  source.addEventListener('error', () => {
    if (heardAt === undefined) return say('connecting', words.connecting)
    const since = heardAt.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', second: '2-digit' })
    say('lost', `${words.lost} ${since}`)
  })
}
