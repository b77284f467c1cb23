/**
 * Finds promises that are returned without `await` where something is closed at the end: behind `using` or inside `try`. Such a
 * promise settles after the resource is closed, the `finally` block has run or the `catch` block is left. The linter knows no types,
 * and most calls returned from such a place are no promises, so the compiler is asked.
 */
import { join, relative } from 'node:path'
import {
  isBlock,
  isFunctionLikeDeclaration,
  isReturnStatement,
  isTryStatement,
  isVariableStatement,
  type Node,
  NodeFlags,
  type ReturnStatement,
  type SourceFile,
  SyntaxKind,
} from 'typescript/unstable/ast'
import { API, type Checker, type Type } from 'typescript/unstable/sync'

const root = join(import.meta.dirname, '..')

/** @returns `path:line: return …` for each, below `folder`, whose `tsconfig.json` lists the files */
export function unawaitedReturns(folder = root): string[] {
  const api = new API({ cwd: folder })
  try {
    const snapshot = api.updateSnapshot({ openProjects: [join(folder, 'tsconfig.json')] })
    return snapshot.getProjects().flatMap(({ rootFiles, program, checker }) =>
      rootFiles.flatMap((path) => {
        const file = program.getSourceFile(path)!
        return promisesAmong(riskyReturns(file), checker).map((found) => describe(folder, file, found))
      }),
    )
  } finally {
    api.close()
  }
}

function riskyReturns(file: SourceFile): ReturnStatement[] {
  const found: ReturnStatement[] = []
  const visit = (node: Node): void => {
    if (isReturnStatement(node) && node.expression !== undefined && closesOnTheWayOut(node)) found.push(node)
    node.forEachChild(visit)
  }
  visit(file)
  return found
}

/** Whether something is closed, or an error handled, between this statement and the end of its function. */
function closesOnTheWayOut(statement: ReturnStatement): boolean {
  let inner: Node = statement
  for (let outer = inner.parent; outer && !isFunctionLikeDeclaration(outer); inner = outer, outer = inner.parent) {
    if (isBlock(outer) && outer.statements.some((other) => other.pos < inner.pos && declaresResource(other)))
      return true
    if (!isTryStatement(outer) || inner === outer.finallyBlock) continue
    if (inner === outer.tryBlock || outer.finallyBlock !== undefined) return true
  }
  return false
}

const declaresResource = (node: Node): boolean =>
  isVariableStatement(node) && (node.declarationList.flags & NodeFlags.Using) === NodeFlags.Using

function promisesAmong(statements: readonly ReturnStatement[], checker: Checker): ReturnStatement[] {
  const unawaited = statements.filter(({ expression }) => expression!.kind !== SyntaxKind.AwaitExpression)
  if (unawaited.length === 0) return []
  const types = checker.getTypeAtLocation(unawaited.map(({ expression }) => expression!))
  return unawaited.filter((_, index) => mayBePromise(types[index]!, checker))
}

const mayBePromise = (type: Type, checker: Checker): boolean =>
  type.isUnionType()
    ? type.getTypes().some((part) => mayBePromise(part, checker))
    : checker.getPropertyOfType(type, 'then') !== undefined

function describe(folder: string, file: SourceFile, { expression }: ReturnStatement): string {
  const start = expression!.getStart(file)
  const line = file.text.slice(0, start).split('\n').length
  const [first] = file.text.slice(start, expression!.end).split('\n')
  return `${relative(folder, file.fileName)}:${line}: return ${first}`
}

if (import.meta.main) {
  const found = unawaitedReturns()
  for (const place of found) console.log(place)
  if (found.length > 0) throw new Error(`${found.length} promises are returned without await: write \`return await …\``)
}
