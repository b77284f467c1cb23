/**
 * The store map: moving, zooming, finding, choosing and live values. Without it the map is still a drawing of links with a table below.
 */
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />

interface Box {
  x: number
  y: number
  width: number
  height: number
}

/** So that a finger hits a shelf on a phone. */
const TARGET_PX = { width: 28, height: 20 }
/** From there on a shelf has room for its name. */
const NAMED_PX = 64
const MOVED_PX = 5
const PULSE_MS = 2_000

function follow(map: SVGSVGElement): void {
  const shelves = [...map.querySelectorAll<SVGAElement>('a[data-product]')]
  const whole = boxOf(map)
  const view = { ...whole }
  const shelfWidth = Math.min(...shelves.map((shelf) => rectOf(shelf).width), whole.width)
  const shelfHeight = Math.min(...shelves.map((shelf) => rectOf(shelf).height), whole.height)

  const pixelsPerUnit = () => map.clientWidth / view.width
  const show = () => {
    view.width = Math.max(200, Math.min(whole.width, view.width))
    view.height = (view.width * map.clientHeight) / Math.max(1, map.clientWidth)
    view.x = within(view.x, whole.x, whole.width, view.width)
    view.y = within(view.y, whole.y, whole.height, view.height)
    map.setAttribute('viewBox', [view.x, view.y, view.width, view.height].map((value) => value.toFixed(1)).join(' '))
    // Names keep their size.
    map.style.setProperty('--unit', `${1 / pixelsPerUnit()}px`)
    map.classList.toggle('near', shelfWidth * pixelsPerUnit() >= NAMED_PX)
  }
  /** About a point of the window; left out: about the middle. */
  const zoom = (factor: number, at?: { clientX: number; clientY: number }) => {
    const place = map.getBoundingClientRect()
    const [left, top] = at
      ? [(at.clientX - place.left) / place.width, (at.clientY - place.top) / place.height]
      : [0.5, 0.5]
    const width = Math.max(200, Math.min(whole.width, view.width / factor))
    const height = (width * map.clientHeight) / Math.max(1, map.clientWidth)
    view.x += (view.width - width) * left
    view.y += (view.height - height) * top
    view.width = width
    show()
  }
  const goTo = (shelf: SVGAElement) => {
    const { x, y, width, height } = rectOf(shelf)
    if (x < view.x || x + width > view.x + view.width) view.x = x + width / 2 - view.width / 2
    if (y < view.y || y + height > view.y + view.height) view.y = y + height / 2 - view.height / 2
    show()
  }

  show()
  const scale = Math.max(TARGET_PX.width / shelfWidth, TARGET_PX.height / shelfHeight) / pixelsPerUnit()
  if (scale > 1 && matchMedia('(pointer: coarse), (max-width: 760px)').matches) {
    view.width /= scale
    view.x = view.y = 0
    show()
  }
  const chosen = map.querySelector<SVGAElement>('a.chosen, a.found')
  if (chosen !== null) goTo(chosen)
  addEventListener('resize', show)

  for (const tools of document.querySelectorAll('[data-zooms]')) tools.classList.remove('hidden')
  for (const button of document.querySelectorAll<HTMLElement>('[data-zoom]')) {
    button.addEventListener('click', () => zoom({ in: 1.5, out: 1 / 1.5, whole: 1e-6 }[button.dataset.zoom!]!))
  }
  map.addEventListener(
    'wheel',
    (event) => {
      if (!event.ctrlKey && !event.metaKey && view.width >= whole.width && event.deltaY > 0) return
      event.preventDefault()
      zoom(event.deltaY < 0 ? 1.15 : 1 / 1.15, event)
    },
    { passive: false },
  )
  move(map, { view, show, zoom, pixelsPerUnit })
  walk(map, shelves, { goTo, zoom })
  choose(map, shelves)
  find(map, shelves, goTo)
  takeValues(shelves)
}

function rectOf(shelf: SVGAElement): Box {
  const numbers = ['x', 'y', 'width', 'height'].map((name) =>
    Number(shelf.querySelector('rect.box')!.getAttribute(name)),
  )
  const [x, y, width, height] = numbers as [number, number, number, number]
  return { x, y, width, height }
}

function boxOf(map: SVGSVGElement): Box {
  const { x, y, width, height } = map.viewBox.baseVal
  return { x, y, width, height }
}

/** Where a window of a size begins, so that it shows nothing but the whole; a smaller whole is in its middle. */
function within(begin: number, from: number, whole: number, size: number): number {
  return size >= whole ? from + (whole - size) / 2 : Math.max(from, Math.min(from + whole - size, begin))
}

interface Moving {
  view: Box
  show(): void
  zoom(factor: number, at: { clientX: number; clientY: number }): void
  pixelsPerUnit(): number
}

/** One finger or the mouse moves, two fingers zoom. What was moved is not chosen. */
function move(map: SVGSVGElement, { view, show, zoom, pixelsPerUnit }: Moving): void {
  const held = new Map<number, PointerEvent>()
  let moved = 0
  const distance = () => {
    const [one, other] = [...held.values()]
    return Math.hypot(one!.clientX - other!.clientX, one!.clientY - other!.clientY)
  }
  map.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return
    if (held.size === 0) moved = 0
    held.set(event.pointerId, event)
  })
  map.addEventListener('pointermove', (event) => {
    const before = held.get(event.pointerId)
    if (before === undefined) return
    if (held.size === 2) {
      const apart = distance()
      held.set(event.pointerId, event)
      zoom(distance() / Math.max(1, apart), event)
      moved = MOVED_PX
      return
    }
    held.set(event.pointerId, event)
    const [right, down] = [event.clientX - before.clientX, event.clientY - before.clientY]
    moved += Math.abs(right) + Math.abs(down)
    if (moved < MOVED_PX) return
    map.setPointerCapture(event.pointerId)
    view.x -= right / pixelsPerUnit()
    view.y -= down / pixelsPerUnit()
    show()
  })
  for (const ended of ['pointerup', 'pointercancel'] as const) {
    map.addEventListener(ended, (event) => held.delete(event.pointerId))
  }
  map.addEventListener('dragstart', (event) => event.preventDefault())
  map.addEventListener(
    'click',
    (event) => {
      if (moved < MOVED_PX) return
      event.preventDefault()
      event.stopPropagation()
    },
    { capture: true },
  )
}

const directions: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
}

/** One shelf can be reached by the tabulator, the others from it by arrow keys. */
function walk(
  map: SVGSVGElement,
  shelves: readonly SVGAElement[],
  { goTo, zoom }: { goTo(shelf: SVGAElement): void; zoom(factor: number): void },
): void {
  map.addEventListener('keydown', (event) => {
    if (event.key === '+' || event.key === '-') {
      event.preventDefault()
      return zoom(event.key === '+' ? 1.5 : 1 / 1.5)
    }
    const direction = directions[event.key]
    const from = (event.target as Element).closest<SVGAElement>('a[data-product]')
    if (direction === undefined || from === null) return
    event.preventDefault()
    const next = nearest(shelves, from, direction)
    if (next === undefined) return
    from.setAttribute('tabindex', '-1')
    next.setAttribute('tabindex', '0')
    goTo(next)
    next.focus({ preventScroll: true })
  })
}

function nearest(
  shelves: readonly SVGAElement[],
  from: SVGAElement,
  [right, down]: readonly [number, number],
): SVGAElement | undefined {
  const start = middleOf(from)
  let best: SVGAElement | undefined
  let least = Number.POSITIVE_INFINITY
  for (const shelf of shelves) {
    const { x, y } = middleOf(shelf)
    const along = (x - start.x) * right + (y - start.y) * down
    if (along <= 1) continue
    const cost = along + 3 * Math.abs((x - start.x) * down + (y - start.y) * right)
    if (cost < least) [best, least] = [shelf, cost]
  }
  return best
}

function middleOf(shelf: SVGAElement): { x: number; y: number } {
  const { x, y, width, height } = rectOf(shelf)
  return { x: x + width / 2, y: y + height / 2 }
}

/** The drawer is taken from the page that the link leads to, so that the map stays where it is. */
function choose(map: SVGSVGElement, shelves: readonly SVGAElement[]): void {
  let asked = 0
  const open = async (href: string, isNew: boolean) => {
    asked += 1
    const mine = asked
    const answer = await fetch(href).catch(() => undefined)
    if (mine !== asked) return
    if (!answer?.ok) return location.assign(href)
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html')
    const drawer = page.querySelector('#drawer')
    if (mine !== asked || drawer === null) return
    document.querySelector('#drawer')?.replaceWith(drawer)
    if (isNew) history.pushState(null, '', href)
    const product = new URL(href, location.href).searchParams.get('product')
    map.closest('.map')?.classList.toggle('has-drawer', product !== null)
    for (const shelf of shelves) {
      const isChosen = shelf.dataset.product === product
      shelf.classList.toggle('chosen', isChosen)
      if (isChosen && !isNew) shelf.focus({ preventScroll: true })
    }
  }
  document.querySelector('main')?.addEventListener('click', (event) => {
    const isPlain = !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0
    const link = (event.target as Element).closest<Element>('a[data-product], a[data-drawer-close]')
    const href = link?.getAttribute('href')
    if (!href || !isPlain) return
    event.preventDefault()
    const isClosed = link!.matches('[data-drawer-close]')
    void open(href, true).then(() => {
      if (isClosed) map.querySelector<SVGAElement>('a[tabindex="0"]')?.focus({ preventScroll: true })
    })
  })
  addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || document.querySelector('dialog[open]')) return
    document.querySelector<HTMLElement>('[data-drawer-close]')?.click()
  })
  addEventListener('popstate', () => void open(location.href, false))
}

function find(map: SVGSVGElement, shelves: readonly SVGAElement[], goTo: (shelf: SVGAElement) => void): void {
  const field = document.querySelector<HTMLInputElement>('#find')
  field?.addEventListener('input', () => {
    const sought = field.value.trim().toLowerCase()
    let first: SVGAElement | undefined
    for (const shelf of shelves) {
      const { name = '', product = '' } = shelf.dataset
      const isFound = sought !== '' && `${name} ${product}`.toLowerCase().includes(sought)
      shelf.classList.toggle('found', isFound)
      if (isFound) first ??= shelf
    }
    map.classList.toggle('sought', sought !== '')
    if (first !== undefined) goTo(first)
  })
}

/** Fill, available units, alerts and when it was weighed, by product. */
function takeValues(shelves: readonly SVGAElement[]): void {
  const byProduct = new Map(shelves.map((shelf) => [shelf.dataset.product!, shelf]))
  addEventListener('live-values', (event) => {
    for (const [product, text] of Object.entries((event as CustomEvent<Record<string, string>>).detail)) {
      const shelf = byProduct.get(product)
      if (shelf !== undefined) showNow(shelf, text.split(' '))
    }
  })
}

function showNow(shelf: SVGAElement, [fillText = '', available = '', alerts = '0', weighed = '0']: string[]): void {
  const level = shelf.querySelector<SVGRectElement>('rect.level')!
  const { top, height } = level.dataset
  const fill = fillText === '' ? undefined : Number(fillText)
  const share = Math.max(0, Math.min(1, fill ?? 0))
  level.setAttribute('y', (Number(top) + Number(height) * (1 - share)).toFixed(1))
  level.setAttribute('height', (Number(height) * share).toFixed(1))
  shelf.classList.toggle('alert', alerts !== '0')
  const map = shelf.closest<SVGElement>('[data-map]')!
  if (map.dataset.layer === 'fill') {
    const state = fill === undefined ? 'off' : fill <= 0 ? 'act' : fill < Number(shelf.dataset.below) ? 'watch' : 'ok'
    for (const one of ['ok', 'watch', 'act', 'off']) shelf.classList.toggle(one, one === state)
  }
  const number = (text: string) => Number(text).toLocaleString()
  shelf.querySelector('title')!.textContent = map.dataset
    .label!.replace('{name}', shelf.dataset.name!)
    .replace('{available}', number(available))
    .replace('{capacity}', number(shelf.dataset.capacity!))
  if (Number(weighed) <= Number(shelf.dataset.weighed)) return
  shelf.dataset.weighed = weighed
  shelf.classList.remove('weighed')
  // Reading its size lets the pulse begin again.
  shelf.getBBox()
  shelf.classList.add('weighed')
  setTimeout(() => shelf.classList.remove('weighed'), PULSE_MS)
}

const map = document.querySelector<SVGSVGElement>('[data-map]')
if (map !== null) follow(map)
