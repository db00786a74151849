// Where the trained models and the conformance cases lie, and why a test is skipped where they do not.
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

const root = process.env['SHOAL_SHARED'] ?? join(import.meta.dirname, '..', '..', '..', '..', 'shared')

export const modelsFolder = join(root, 'models')
export const conformanceFolder = join(root, 'conformance', 'onnx-backend')
export const noShared = !existsSync(modelsFolder) || !existsSync(conformanceFolder)
/** Part of a title, so that a skipped test says why. */
export const ifShared = noShared ? ' (skipped: no shared folder; set SHOAL_SHARED)' : ''

/** Every .onnx file under the shared folder. */
export function sharedModels(): string[] {
  if (noShared) return []
  return [modelsFolder, conformanceFolder].flatMap(folder =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter(path => path.endsWith('.onnx'))
      .map(path => join(folder, path)),
  )
}
