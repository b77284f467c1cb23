/** The what-if page: sliders beside its numbers, and the answer without a new page. Without it the form is sent by its button. */
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />

const SETTLED_MS = 350

let asked = new AbortController()
let timer: ReturnType<typeof setTimeout> | undefined

const form = document.querySelector<HTMLFormElement>('form.filters')
if (form !== null) {
  for (const place of form.querySelectorAll<HTMLElement>('[data-slider]')) addSlider(place)
  form.addEventListener('input', () => {
    clearTimeout(timer)
    // What was asked before is of no use now: the server ends it.
    asked.abort()
    timer = setTimeout(() => void ask(form), SETTLED_MS)
  })
}

function addSlider(place: HTMLElement): void {
  const number = place.querySelector('input')!
  const range = document.createElement('input')
  range.type = 'range'
  const { min, max, step } = place.dataset
  Object.assign(range, { min, max, step })
  range.setAttribute('aria-label', place.querySelector('label')!.textContent ?? '')
  const show = () => {
    range.value = number.value === '' ? (min!.startsWith('-') ? '0' : max!) : number.value
  }
  number.addEventListener('input', show)
  range.addEventListener('input', () => {
    number.value = range.value
  })
  show()
  place.append(range)
}

async function ask(form: HTMLFormElement): Promise<void> {
  asked = new AbortController()
  const address = new URL(form.action)
  for (const [name, value] of new FormData(form)) if (value !== '') address.searchParams.set(name, String(value))
  const place = document.querySelector('#result')!
  place.setAttribute('aria-busy', 'true')
  const answer = await fetch(address, { signal: asked.signal }).catch(() => undefined)
  if (answer === undefined) return
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html')
  const result = page.querySelector('#result') ?? page.querySelector('.empty')
  if (result === null) return location.assign(address)
  place.replaceChildren(...(result.id === 'result' ? result.childNodes : [result]))
  place.removeAttribute('aria-busy')
  history.replaceState(null, '', address)
}
