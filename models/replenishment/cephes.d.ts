/** What is used of it: the package's own declarations are beside its entry point, where TypeScript does not look. */
declare module 'cephes' {
  /** Settled once the functions can be called. */
  export const compiled: Promise<void>
  /** The regularised lower incomplete gamma function P(a, x). */
  export function igam(a: number, x: number): number
  /** The regularised upper incomplete gamma function Q(a, x). */
  export function igamc(a: number, x: number): number
  /** What a χ² variable with `degrees` of freedom exceeds with this probability. */
  export function chdtri(degrees: number, probability: number): number
  /** The standard normal distribution function. */
  export function ndtr(x: number): number
  /** Its inverse. */
  export function ndtri(level: number): number
  /** The inverse of Student's distribution function. */
  export function stdtri(degrees: number, level: number): number
}
