/**
 * Isolation forest (Liu, Ting & Zhou 2008, ICDM; 2012, ACM Transactions on Knowledge Discovery from Data 6(1)): rows that
 * random splits separate after few steps are odd. Nothing is labelled, nothing is assumed of the values' distributions.
 */
import { seeded } from '../statistics/random.ts'

/** Rows of numbers, row after row; what is missing is NaN. */
export interface FeatureRows {
  features: readonly string[]
  values: Float32Array
}

export interface ForestOptions {
  trees: number
  /** Rows that each tree is grown from, drawn without replacement. */
  sampleRows: number
  seed: number
  /** Called after each tree. */
  onTree?: (done: number) => void
}

/** The trees' nodes in columns, one tree after the other. A node's right child follows its left one. */
export interface IsolationForest {
  readonly features: readonly string[]
  /** By feature: what replaces a missing value. */
  readonly medians: readonly number[]
  /** Rows that each tree was grown from. */
  readonly sampleRows: number
  readonly roots: Int32Array
  /** The feature that a node splits by; -1 in a leaf. */
  readonly feature: Int16Array
  /** Values up to it go left. */
  readonly threshold: Float32Array
  readonly left: Int32Array
  /** Sampled rows that came through. */
  readonly rows: Int32Array
  /** Mean path length of the sampled rows that came through, counted from the root. */
  readonly expected: Float64Array
}

/** As many of a column's values, evenly spread, are enough for its median. */
const MEDIAN_ROWS_MAX = 100_000
const LEAF = -1
const EULER_GAMMA = 0.577_215_664_901_532_9

/**
 * Grows a forest; the same rows and options give the same one. Besides the rows it needs memory for one tree's sample.
 *
 * @throws RangeError when there is no row, or an option is not a positive whole number
 */
export function fitIsolationForest({ features, values }: FeatureRows, options: ForestOptions): IsolationForest {
  const { trees, sampleRows: wanted, seed, onTree } = options
  const width = features.length
  const count = values.length / width
  if (!Number.isInteger(count) || count === 0) {
    throw new RangeError(`isolation forest: ${values.length} values are not rows of ${width} features`)
  }
  for (const [name, value] of Object.entries({ trees, sampleRows: wanted })) {
    if (!Number.isInteger(value) || value < 1)
      throw new RangeError(`isolation forest: ${name} is ${value}: must be 1 or more`)
  }
  const sampleRows = Math.min(wanted, count)
  const medians = mediansOf(values, width)
  const random = seeded(seed)
  const draw = drawer(count, sampleRows, random)
  const sample = new Float32Array(sampleRows * width)
  const nodes = new Nodes(trees * (2 * sampleRows - 1))
  const roots = new Int32Array(trees)
  for (let tree = 0; tree < trees; tree += 1) {
    copySample(values, draw(), medians, sample)
    roots[tree] = nodes.grow(sample, width, random)
    onTree?.(tree + 1)
  }
  return { features: [...features], medians, sampleRows, roots, ...nodes.columns(roots) }
}

/** One row in this many is moved out of the range of a feature. */
const EDGE_EVERY = 25

/**
 * The rows, some of them moved beyond the range of one feature, by half of it to one and a half. A forest splits only
 * between values that it has seen: without such rows whatever lies beyond them all counts as the greatest of them, and a
 * feature that never varied is never looked at.
 */
export function withEdges({ features, values }: FeatureRows, seed: number): FeatureRows {
  const width = features.length
  const random = seeded(seed)
  const widened = new Float32Array(new SharedArrayBuffer(values.length * 4))
  widened.set(values)
  const ranges = features.map((_, column) => rangeOf(values, width, column))
  for (let row = 0; row < values.length / width; row += 1) {
    if (random() * EDGE_EVERY >= 1) continue
    const column = Math.floor(random() * width)
    const { least, greatest } = ranges[column]!
    const beyond = (greatest > least ? greatest - least : 1) * (0.5 + random())
    widened[row * width + column] = random() < 0.5 ? least - beyond : greatest + beyond
  }
  return { features, values: widened }
}

/** Of the known values; 0 to 0 where there is none. */
function rangeOf(values: Float32Array, width: number, column: number): { least: number; greatest: number } {
  let [least, greatest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (let at = column; at < values.length; at += width) {
    const value = values[at]!
    if (!Number.isFinite(value)) continue
    if (value < least) least = value
    if (value > greatest) greatest = value
  }
  return greatest < least ? { least: 0, greatest: 0 } : { least, greatest }
}

/**
 * How odd a row is: 2^(−mean path length / c(sample)), near 1 for rows that are separated at once, 0.5 for average ones.
 *
 * With `contributions`, also why: each split moves the mean path length of what is left by some steps, and these are added
 * up by the feature that the split is on. It is the decomposition of a tree's prediction along the row's path (Saabas 2014),
 * not Shapley values: the sum over features is exactly the mean path length of all rows less the row's own. Above zero, the
 * feature makes the row odd.
 *
 * @param at index of the row's first value
 * @param contributions one a feature, overwritten; in steps
 */
export function scoreRow(
  forest: IsolationForest,
  values: ArrayLike<number>,
  at = 0,
  contributions?: Float64Array,
): number {
  const { roots, feature, threshold, left, expected, medians } = forest
  contributions?.fill(0)
  let path = 0
  for (let tree = 0; tree < roots.length; tree += 1) {
    let node = roots[tree]!
    for (let split = feature[node]!; split !== LEAF; split = feature[node]!) {
      const value = values[at + split]!
      const known = Number.isFinite(value) ? value : medians[split]!
      const next = left[node]! + (known > threshold[node]! ? 1 : 0)
      if (contributions) contributions[split]! += (expected[node]! - expected[next]!) / roots.length
      node = next
    }
    path += expected[node]!
  }
  const usual = averagePathLength(forest.sampleRows)
  return usual === 0 ? 0.5 : 2 ** (-path / roots.length / usual)
}

/** Scores of all rows, in their order. */
export function scoreRows(forest: IsolationForest, values: Float32Array): Float64Array {
  const width = forest.features.length
  return Float64Array.from({ length: values.length / width }, (_, row) => scoreRow(forest, values, row * width))
}

export interface Reason {
  feature: string
  value: number
  /** Part of all that makes the row odd, 0 to 1. */
  share: number
}

/** The features that made a row odd, the strongest first. A missing value is reported as the median that replaced it. */
export function reasonsOf(
  forest: IsolationForest,
  values: ArrayLike<number>,
  at: number,
  reasonsMax: number,
): Reason[] {
  const contributions = new Float64Array(forest.features.length)
  scoreRow(forest, values, at, contributions)
  let total = 0
  for (const contribution of contributions) total += Math.max(0, contribution)
  return forest.features
    .map((feature, index) => {
      const value = values[at + index]!
      return {
        feature,
        value: Number.isFinite(value) ? value : forest.medians[index]!,
        share: total > 0 ? Math.max(0, contributions[index]!) / total : 0,
      }
    })
    .filter(({ share }) => share > 0)
    .sort((one, other) => other.share - one.share)
    .slice(0, reasonsMax)
}

/** Mean path length of an unsuccessful search in a binary search tree of this many rows (Liu et al. 2008, equation 1). */
export function averagePathLength(rows: number): number {
  if (rows <= 1) return 0
  if (rows === 2) return 1
  return 2 * (Math.log(rows - 1) + EULER_GAMMA) - (2 * (rows - 1)) / rows
}

const FORMAT = 'shelfline-isolation-forest-1'

/** The artefact: plain JSON; what can be computed from the rest is left out. */
export function forestToJson({
  features,
  medians,
  sampleRows,
  roots,
  feature,
  threshold,
  left,
  rows,
}: IsolationForest) {
  const columns = { roots, feature, threshold, left, rows }
  const plain = Object.entries(columns).map(([name, column]) => [name, [...column]])
  return JSON.stringify({ format: FORMAT, features, medians, sampleRows, ...Object.fromEntries(plain) })
}

/** @throws when the text is no forest, or a node points nowhere */
export function forestFromJson(text: string): IsolationForest {
  const parsed = JSON.parse(text) as Record<string, never> & { format?: string }
  if (parsed.format !== FORMAT)
    throw new Error(`isolation forest: the format is ${parsed.format}, required is ${FORMAT}`)
  const { features, medians, sampleRows } = parsed as unknown as IsolationForest
  const roots = Int32Array.from(parsed.roots!)
  const feature = Int16Array.from(parsed.feature!)
  const threshold = Float32Array.from(parsed.threshold!)
  const left = Int32Array.from(parsed.left!)
  const rows = Int32Array.from(parsed.rows!)
  const size = feature.length
  // A child lies behind its parent, so that every path ends.
  const isWhole =
    [threshold, left, rows].every((column) => column.length === size) &&
    roots.every((root) => root >= 0 && root < size) &&
    feature.every(
      (split, node) => split === LEAF || (split < features.length && left[node]! > node && left[node]! + 1 < size),
    )
  if (!isWhole || medians.length !== features.length)
    throw new Error('isolation forest: the artefact is incomplete; train the model again')
  const expected = expectedPaths(roots, feature, left, rows)
  return { features, medians, sampleRows, roots, feature, threshold, left, rows, expected }
}

class Nodes {
  readonly feature: Int16Array
  readonly threshold: Float32Array
  readonly left: Int32Array
  readonly rows: Int32Array
  size = 0

  constructor(capacity: number) {
    this.feature = new Int16Array(capacity)
    this.threshold = new Float32Array(capacity)
    this.left = new Int32Array(capacity)
    this.rows = new Int32Array(capacity)
  }

  /** Grows one tree from a sample and returns its root. A node is split until it holds one row, or rows that are equal. */
  grow(sample: Float32Array, width: number, random: () => number): number {
    const count = sample.length / width
    const depthMax = Math.ceil(Math.log2(Math.max(count, 2)))
    const order = Int32Array.from({ length: count }, (_, row) => row)
    const candidates = Int32Array.from({ length: width }, (_, index) => index)
    const root = this.add(count)
    const open = [{ node: root, from: 0, to: count, depth: 0 }]
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const { node, from, to, depth } = next
      const split =
        depth < depthMax && to - from > 1 ? chooseSplit(sample, width, order, from, to, candidates, random) : undefined
      if (split === undefined) continue
      const middle = partition(sample, width, order, from, to, split)
      this.feature[node] = split.feature
      this.threshold[node] = split.threshold
      const left = this.add(middle - from)
      const right = this.add(to - middle)
      this.left[node] = left
      open.push({ node: left, from, to: middle, depth: depth + 1 }, { node: right, from: middle, to, depth: depth + 1 })
    }
    return root
  }

  columns(roots: Int32Array) {
    const feature = this.feature.slice(0, this.size)
    const threshold = this.threshold.slice(0, this.size)
    const left = this.left.slice(0, this.size)
    const rows = this.rows.slice(0, this.size)
    return { feature, threshold, left, rows, expected: expectedPaths(roots, feature, left, rows) }
  }

  private add(rows: number): number {
    this.feature[this.size] = LEAF
    this.rows[this.size] = rows
    this.size += 1
    return this.size - 1
  }
}

interface Split {
  feature: number
  threshold: number
}

/** A random feature whose values differ, and a random place between its least and greatest; undefined when none differs. */
function chooseSplit(
  sample: Float32Array,
  width: number,
  order: Int32Array,
  from: number,
  to: number,
  candidates: Int32Array,
  random: () => number,
): Split | undefined {
  for (let left = candidates.length; left > 0; left -= 1) {
    const drawn = Math.floor(random() * left)
    const feature = candidates[drawn]!
    candidates[drawn] = candidates[left - 1]!
    candidates[left - 1] = feature
    let least = Number.POSITIVE_INFINITY
    let greatest = Number.NEGATIVE_INFINITY
    for (let at = from; at < to; at += 1) {
      const value = sample[order[at]! * width + feature]!
      if (value < least) least = value
      if (value > greatest) greatest = value
    }
    if (least === greatest) continue
    const threshold = Math.fround(least + random() * (greatest - least))
    return { feature, threshold: threshold < greatest ? threshold : least }
  }
  return undefined
}

/** Puts the rows that go left before those that go right, and returns where the latter begin. */
function partition(
  sample: Float32Array,
  width: number,
  order: Int32Array,
  from: number,
  to: number,
  { feature, threshold }: Split,
): number {
  let middle = from
  for (let at = from; at < to; at += 1) {
    const row = order[at]!
    if (sample[row * width + feature]! > threshold) continue
    order[at] = order[middle]!
    order[middle] = row
    middle += 1
  }
  return middle
}

/** Children lie behind their parents, so that depths are known going up, and means going down. */
function expectedPaths(roots: Int32Array, feature: Int16Array, left: Int32Array, rows: Int32Array): Float64Array {
  const expected = new Float64Array(feature.length)
  for (const root of roots) expected[root] = 0
  for (let node = 0; node < feature.length; node += 1) {
    if (feature[node] === LEAF) continue
    expected[left[node]!] = expected[node]! + 1
    expected[left[node]! + 1] = expected[node]! + 1
  }
  for (let node = feature.length - 1; node >= 0; node -= 1) {
    const first = left[node]!
    if (feature[node] === LEAF) expected[node]! += averagePathLength(rows[node]!)
    else expected[node] = (expected[first]! * rows[first]! + expected[first + 1]! * rows[first + 1]!) / rows[node]!
  }
  return expected
}

function mediansOf(values: Float32Array, width: number): number[] {
  const count = values.length / width
  const step = Math.ceil(count / MEDIAN_ROWS_MAX)
  return Array.from({ length: width }, (_, column) => {
    const known: number[] = []
    for (let row = 0; row < count; row += step) {
      const value = values[row * width + column]!
      if (Number.isFinite(value)) known.push(value)
    }
    return known.length === 0 ? 0 : Float32Array.from(known).sort()[known.length >> 1]!
  })
}

/** Draws as many rows without replacement, a new set each time. */
function drawer(count: number, wanted: number, random: () => number): () => Int32Array {
  const order = Int32Array.from({ length: count }, (_, row) => row)
  return () => {
    for (let at = 0; at < wanted; at += 1) {
      const drawn = at + Math.floor(random() * (count - at))
      const row = order[drawn]!
      order[drawn] = order[at]!
      order[at] = row
    }
    return order.subarray(0, wanted)
  }
}

function copySample(values: Float32Array, drawn: Int32Array, medians: readonly number[], sample: Float32Array): void {
  const width = medians.length
  for (let at = 0; at < drawn.length; at += 1) {
    for (let column = 0; column < width; column += 1) {
      const value = values[drawn[at]! * width + column]!
      sample[at * width + column] = Number.isFinite(value) ? value : medians[column]!
    }
  }
}
