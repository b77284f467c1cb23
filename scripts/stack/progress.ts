/** The progress of one item (a server, a download, a build). */
export interface StackProgress {
  item: string
  /** `notice`: something that a person should read, whatever else is shown. */
  state: 'waiting' | 'preparing' | 'notice' | 'starting' | 'stopping' | 'done' | 'failed'
  /** What is being done, for people: `compiling`, `ready after 1.2 s`. */
  note: string
  /** Where the amount of work is known: how much of it is done, in a unit of the item's own. */
  done?: number
  total?: number
}

export type OnProgress = (progress: StackProgress) => void

export const noProgress: OnProgress = () => {}

/** What a preparation step reports about itself; the caller adds the item's name and state. */
export interface Report {
  (note: string, done?: number, total?: number): void
  /** What a person should read, whatever else is shown. */
  notice?(text: string): void
}

export function reportFor(item: string, onProgress: OnProgress): Report {
  const report = (note: string, done?: number, total?: number) =>
    onProgress({
      item,
      state: 'preparing',
      note,
      ...(done !== undefined && { done }),
      ...(total !== undefined && { total }),
    })
  return Object.assign(report, { notice: (note: string) => onProgress({ item, state: 'notice', note }) })
}

export const noReport: Report = () => {}
