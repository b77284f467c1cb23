/**
 * Linear regression of a quantile (Koenker & Bassett 1978) by majorisation: a quadratic that lies on the pinball loss is
 * minimised again and again (Hunter & Lange 2000, Journal of Computational and Graphical Statistics 9(1)). Each step is a
 * weighted least squares of as many unknowns as there are features.
 */

export interface LinearRows {
  /** Row after row. */
  values: Float32Array
  targets: Float32Array
  /** Above zero: what a unit of error in the row counts; one a row. */
  weights: Float32Array
}

const ITERATIONS_MAX = 100
/** The loss is rounded off this near to its corner, in units of the mean weighted target. */
const CORNER = 1e-3
const SETTLED = 1e-5
/** On the diagonal, as a share of its mean: constant or doubled features then share what they explain. */
const RIDGE = 1e-6

/**
 * @param width features of a row; one that is always 1 is the intercept
 * @param level of the quantile, between 0 and 1
 * @returns a coefficient a feature
 * @throws RangeError when there are no rows
 */
export function fitQuantile(rows: LinearRows, width: number, level: number): Float64Array {
  const { targets, weights } = rows
  if (targets.length === 0) throw new RangeError('quantile regression: there are no rows')
  let scale = 0
  for (let row = 0; row < targets.length; row += 1) scale += Math.abs(targets[row]!) * weights[row]!
  const corner = Math.max(CORNER * (scale / targets.length), 1e-9)
  let coefficients = new Float64Array(width)
  for (let iteration = 0; iteration < ITERATIONS_MAX; iteration += 1) {
    // The first step is ordinary least squares.
    const next = step(rows, width, level, iteration === 0 ? undefined : coefficients, corner)
    const change = next.reduce((most, value, index) => Math.max(most, Math.abs(value - coefficients[index]!)), 0)
    const size = next.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
    coefficients = next
    if (iteration > 0 && change <= SETTLED * size) break
  }
  return coefficients
}

/** x · coefficients */
export function predictLine(coefficients: ArrayLike<number>, values: ArrayLike<number>, at = 0): number {
  let sum = 0
  for (let index = 0; index < coefficients.length; index += 1) sum += coefficients[index]! * values[at + index]!
  return sum
}

function step(
  { values, targets, weights }: LinearRows,
  width: number,
  level: number,
  before: Float64Array | undefined,
  corner: number,
): Float64Array<ArrayBuffer> {
  const matrix = new Float64Array(width * width)
  const right = new Float64Array(width)
  for (let row = 0; row < targets.length; row += 1) {
    const at = row * width
    // Rows are scaled by their weight: the loss of a scaled row is the weight times its loss.
    const weight = weights[row]!
    const target = targets[row]! * weight
    const residual = before === undefined ? 0 : target - weight * predictLine(before, values, at)
    const curvature = before === undefined ? 1 : 1 / (corner + Math.abs(residual))
    const pull = curvature * target + (before === undefined ? 0 : 2 * level - 1)
    for (let i = 0; i < width; i += 1) {
      const value = weight * values[at + i]!
      right[i]! += pull * value
      for (let j = 0; j <= i; j += 1) matrix[i * width + j]! += curvature * value * weight * values[at + j]!
    }
  }
  return solve(matrix, right)
}

/** Solves a symmetric positive system by Cholesky; only the lower triangle is read. In place. */
function solve(matrix: Float64Array, right: Float64Array): Float64Array<ArrayBuffer> {
  const width = right.length
  let trace = 0
  for (let i = 0; i < width; i += 1) trace += matrix[i * width + i]!
  const ridge = (RIDGE * trace) / width || 1
  for (let i = 0; i < width; i += 1) {
    matrix[i * width + i]! += ridge
    for (let j = 0; j <= i; j += 1) {
      let sum = matrix[i * width + j]!
      for (let k = 0; k < j; k += 1) sum -= matrix[i * width + k]! * matrix[j * width + k]!
      matrix[i * width + j] = i === j ? Math.sqrt(Math.max(sum, ridge * 1e-3)) : sum / matrix[j * width + j]!
    }
  }
  const solution = new Float64Array(width)
  for (let i = 0; i < width; i += 1) {
    let sum = right[i]!
    for (let k = 0; k < i; k += 1) sum -= matrix[i * width + k]! * solution[k]!
    solution[i] = sum / matrix[i * width + i]!
  }
  for (let i = width - 1; i >= 0; i -= 1) {
    let sum = solution[i]!
    for (let k = i + 1; k < width; k += 1) sum -= matrix[k * width + i]! * solution[k]!
    solution[i] = sum / matrix[i * width + i]!
  }
  return solution
}
