/** What the user gave can't be used: a file, a map, a range. Nothing was sent. The command line ends with exit code 2. */
export class SourceError extends Error {
  override name = 'SourceError'
}
