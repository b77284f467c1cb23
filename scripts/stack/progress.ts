/** Where one item (a server, a download, a build) stands. */
export interface StackProgress {
  item: string
  state: 'waiting' | 'preparing' | 'starting' | 'stopping' | 'done' | 'failed'
  /** What is being done, for people: `compiling`, `ready after 1.2 s`. */
  note: string
  /** Where the amount of work is known: how much of it is done, in a unit of the item's own. */
  done?: number
  total?: number
}

export type OnProgress = (progress: StackProgress) => void

export const noProgress: OnProgress = () => {}

/** What a preparation step tells about itself; the item's name and state are added by whoever runs it. */
export type Report = (note: string, done?: number, total?: number) => void

export function reportFor(item: string, onProgress: OnProgress): Report {
  return (note, done, total) =>
    onProgress({
      item,
      state: 'preparing',
      note,
      ...(done !== undefined && { done }),
      ...(total !== undefined && { total }),
    })
}

export const noReport: Report = () => {}
