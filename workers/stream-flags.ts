/** How the process of a stream worker is started: apart from what it runs, which is loaded once it has been started so. */

/**
 * Messages live for some milliseconds, too long for Node's youngest generation: left to itself the heap grows to 240 MB
 * of mostly garbage before it is looked at. What is really needed at once stays below 80 MB.
 */
export const nodeFlags: readonly string[] = ['--max-semi-space-size=8', '--max-old-space-size=160']

/**
 * What the C library has to know at the start: fetched messages and the sink's segments are megabytes each, made by one
 * thread and freed by another. Left to itself it keeps them in an arena per thread: 20 MB more, and slower.
 */
export const processEnvironment: Readonly<Record<string, string>> = {
  MALLOC_ARENA_MAX: '2',
  MALLOC_MMAP_THRESHOLD_: '262144',
  MALLOC_TRIM_THRESHOLD_: '262144',
}
