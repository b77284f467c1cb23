/** The editor of a floor plan: racks are moved and resized by pointer and keys, and saved together. */
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />

interface Place {
  x: number
  y: number
  width: number
  depth: number
  level: number
  aisle: string | null
}
interface Shelf {
  shelfId: string
  products: string
  place: Place | null
}
interface Words {
  rack: string
  add: string
  changed: string
  overlap: string
}
/** Shelves above each other: they are moved together. */
interface Rack {
  shelves: Shelf[]
  place: Place
}

const SVG = 'http://www.w3.org/2000/svg'
/** Metres. */
const STEP = 0.1
const SMALLEST = 0.2
const MARGIN = 2
const NEW = { width: 1, depth: 0.6 }

const editor = document.querySelector<HTMLElement>('[data-editor]')
if (editor !== null) edit(editor)

function edit(editor: HTMLElement): void {
  const words = JSON.parse(editor.dataset.texts!) as Words
  const first = JSON.parse(editor.dataset.shelves!) as Shelf[]
  const plan = editor.querySelector<SVGSVGElement>('[data-plan]')!
  const fields = editor.querySelector<HTMLElement>('[data-fields]')!
  const said = editor.querySelector<HTMLElement>('[data-said]')!
  const buttons = [...editor.querySelectorAll<HTMLButtonElement>('[data-save], [data-check]')]
  const undo = editor.querySelector<HTMLButtonElement>('[data-undo]')!
  const past: Shelf[][] = []
  let shelves = structuredClone(first)
  editor.classList.remove('hidden')

  const remember = () => past.push(structuredClone(shelves))
  const racksOf = (): Rack[] => {
    const racks = new Map<string, Rack>()
    for (const shelf of shelves) {
      if (shelf.place === null) continue
      const { x, y, width, depth } = shelf.place
      const key = [x, y, width, depth].join('/')
      const rack = racks.get(key) ?? { shelves: [], place: shelf.place }
      rack.shelves.push(shelf)
      racks.set(key, rack)
    }
    return [...racks.values()]
  }
  const overlaps = (one: Rack, all: readonly Rack[]) =>
    all.some(
      ({ place: b }) =>
        b !== one.place &&
        one.place.x + one.place.width > b.x + 0.001 &&
        b.x + b.width > one.place.x + 0.001 &&
        one.place.y + one.place.depth > b.y + 0.001 &&
        b.y + b.depth > one.place.y + 0.001,
    )
  const changes = () => shelves.filter((shelf, at) => JSON.stringify(shelf.place) !== JSON.stringify(first[at]!.place))

  function show(focused?: string): void {
    const racks = racksOf()
    const right = Math.max(8, ...racks.map(({ place }) => place.x + place.width)) + MARGIN
    const bottom = Math.max(6, ...racks.map(({ place }) => place.y + place.depth)) + MARGIN
    plan.setAttribute('viewBox', `0 0 ${right} ${bottom}`)
    plan.replaceChildren(...racks.map((rack) => draw(rack, overlaps(rack, racks))))
    const changed = changes()
    fields.replaceChildren(
      ...changed.flatMap(({ shelfId, place }) =>
        Object.entries({
          shelf: shelfId,
          x: place?.x ?? '',
          y: place?.y ?? '',
          width: place?.width ?? '',
          depth: place?.depth ?? '',
          level: place?.level ?? 1,
          aisle: place?.aisle ?? '',
        }).map(([name, value]) =>
          Object.assign(document.createElement('input'), { type: 'hidden', name, value: String(value) }),
        ),
      ),
      ...waiting(),
    )
    undo.disabled = past.length === 0
    for (const button of buttons) button.disabled = changed.length === 0
    const isBad = racks.some((rack) => overlaps(rack, racks))
    said.textContent = isBad
      ? words.overlap
      : changed.length > 0
        ? words.changed.replace('{count}', String(changed.length))
        : ''
    if (focused !== undefined) plan.querySelector<SVGElement>(`[data-rack="${CSS.escape(focused)}"]`)?.focus()
  }

  function draw(rack: Rack, isBad: boolean): SVGGElement {
    const { x, y, width, depth } = rack.place
    const id = rack.shelves[0]!.shelfId
    const group = document.createElementNS(SVG, 'g')
    group.dataset.rack = id
    group.setAttribute('tabindex', '0')
    group.setAttribute('role', 'button')
    group.setAttribute(
      'aria-label',
      words.rack
        .replace('{shelves}', rack.shelves.map(({ shelfId }) => shelfId).join(', '))
        .replace('{x}', String(x))
        .replace('{y}', String(y)),
    )
    group.classList.toggle('bad', isBad)
    const box = document.createElementNS(SVG, 'rect')
    const corner = document.createElementNS(SVG, 'rect')
    for (const [element, values] of [
      [box, { x, y, width, height: depth }],
      [corner, { x: x + width - 0.2, y: y + depth - 0.2, width: 0.2, height: 0.2, class: 'corner' }],
    ] as const) {
      for (const [name, value] of Object.entries(values)) element.setAttribute(name, String(value))
    }
    const label = document.createElementNS(SVG, 'text')
    label.setAttribute('x', String(x + 0.08))
    label.setAttribute('y', String(y + depth / 2 + 0.1))
    label.textContent = id
    group.append(box, label, corner)
    return group
  }

  /** Shelves without a place can be put on the floor. */
  function waiting(): HTMLElement[] {
    return shelves
      .filter(({ place }) => place === null)
      .slice(0, 50)
      .map((shelf) => {
        const button = Object.assign(document.createElement('button'), { type: 'button', className: 'small' })
        button.textContent = words.add.replace('{shelf}', shelf.shelfId)
        button.addEventListener('click', () => {
          remember()
          const below = Math.max(0, ...racksOf().map(({ place }) => place.y + place.depth))
          shelf.place = { x: 0.5, y: rounded(below + 0.5), ...NEW, level: 1, aisle: null }
          show(shelf.shelfId)
        })
        return button
      })
  }

  const rackOf = (target: EventTarget | null): Rack | undefined => {
    const id = (target as Element).closest<SVGGElement>('[data-rack]')?.dataset.rack
    return racksOf().find(({ shelves: own }) => own[0]!.shelfId === id)
  }
  const change = (rack: Rack, place: Partial<Place>) => {
    for (const shelf of rack.shelves) shelf.place = { ...shelf.place!, ...place }
    rack.place = rack.shelves[0]!.place!
  }
  const moved = ({ x, y }: Place, right: number, down: number) => ({
    x: rounded(Math.max(0, x + right)),
    y: rounded(Math.max(0, y + down)),
  })
  const resized = ({ width, depth }: Place, right: number, down: number) => ({
    width: rounded(Math.max(SMALLEST, width + right)),
    depth: rounded(Math.max(SMALLEST, depth + down)),
  })

  plan.addEventListener('pointerdown', (event) => {
    const rack = rackOf(event.target)
    if (rack === undefined) return
    const isCorner = (event.target as Element).classList.contains('corner')
    const start = { ...rack.place }
    // Metres of a pixel: the plan keeps its proportions in a frame of another shape.
    const scale = 1 / plan.getScreenCTM()!.a
    remember()
    plan.setPointerCapture(event.pointerId)
    const follow = (now: PointerEvent) => {
      const [right, down] = [(now.clientX - event.clientX) * scale, (now.clientY - event.clientY) * scale]
      change(rack, isCorner ? resized(start, right, down) : moved(start, right, down))
      show(rack.shelves[0]!.shelfId)
    }
    const end = () => {
      plan.removeEventListener('pointermove', follow)
      if (JSON.stringify(past.at(-1)) === JSON.stringify(shelves)) past.pop()
      show(rack.shelves[0]!.shelfId)
    }
    plan.addEventListener('pointermove', follow)
    plan.addEventListener('pointerup', end, { once: true })
    plan.addEventListener('pointercancel', end, { once: true })
  })

  const arrows: Readonly<Record<string, readonly [number, number]>> = {
    ArrowLeft: [-STEP, 0],
    ArrowRight: [STEP, 0],
    ArrowUp: [0, -STEP],
    ArrowDown: [0, STEP],
  }
  plan.addEventListener('keydown', (event) => {
    const rack = rackOf(event.target)
    const arrow = arrows[event.key]
    if (rack === undefined || (arrow === undefined && event.key !== 'Delete')) return
    event.preventDefault()
    remember()
    if (arrow === undefined) for (const shelf of rack.shelves) shelf.place = null
    else change(rack, event.shiftKey ? resized(rack.place, ...arrow) : moved(rack.place, ...arrow))
    show(rack.shelves[0]!.shelfId)
  })
  const takeBack = () => {
    shelves = past.pop() ?? shelves
    show()
  }
  undo.addEventListener('click', takeBack)
  addEventListener('keydown', (event) => {
    if (event.key !== 'z' || !(event.ctrlKey || event.metaKey) || past.length === 0) return
    event.preventDefault()
    takeBack()
  })
  // When the page is shown, all buttons can be pressed; of these only those that do something.
  addEventListener('pageshow', () => show())
  show()
}

const rounded = (metres: number): number => Math.round(metres / STEP) / (1 / STEP)
