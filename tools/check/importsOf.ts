// What one source file imports, by any means that the language has. TypeScript 7 has no compiler API, so
// oxc reads the file.
import { parseSync, Visitor } from 'oxc-parser'

export interface Import {
  readonly specifier: string
  readonly line: number
  /** `type`: erased at run time. `dynamic`: `import()` of a literal. */
  readonly kind: 'value' | 'type' | 'dynamic'
}

export function importsOf(path: string, text: string): readonly Import[] {
  const { module, program, errors } = parseSync(path, text)
  const broken = errors.find(error => error.severity === 'Error')
  if (broken !== undefined) throw new Error(`${path} cannot be parsed: ${broken.message}`)
  const found: Import[] = []
  const add = (specifier: string, at: number, kind: Import['kind']) => {
    found.push({ specifier, line: lineAt(text, at), kind })
  }
  for (const { moduleRequest, entries } of module.staticImports) {
    const typeOnly = entries.length > 0 && entries.every(entry => entry.isType)
    add(moduleRequest.value, moduleRequest.start, typeOnly ? 'type' : 'value')
  }
  for (const { entries } of module.staticExports) {
    for (const { moduleRequest, isType } of entries) {
      if (moduleRequest) add(moduleRequest.value, moduleRequest.start, isType ? 'type' : 'value')
    }
  }
  new Visitor({
    ImportExpression({ source }) {
      if (source.type === 'Literal' && typeof source.value === 'string')
        add(source.value, source.start, 'dynamic')
    },
    TSImportType({ source }) {
      add(source.value, source.start, 'type')
    },
  }).visit(program)
  return found
}

function lineAt(text: string, offset: number): number {
  let line = 1
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) line++
  return line
}

/** 'effect/Schema' → 'effect', '@shoal/core/testing' → '@shoal/core'. */
export function packageName(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
}

export const isRelative = (specifier: string): boolean => /^\.\.?(\/|$)/.test(specifier)
