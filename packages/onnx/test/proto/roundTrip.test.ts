import { readFileSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { joinChunks } from '@shoal/tensor'
import { describe, expect, it } from 'vitest'
import { decodeModel, encodeModel } from '../../src/index.ts'
import { ifShared, noShared, sharedModels } from '../shared.ts'

describe.skipIf(noShared)(`every trained model and conformance case${ifShared}`, () => {
  const paths = sharedModels()

  it('there are some', () => {
    expect(paths.length).toBeGreaterThan(60)
  })

  it.each(paths.map(path => [basename(dirname(path)), path]))(
    '%s: written again it is the same bytes',
    (_, path) => {
      const bytes = readFileSync(path)
      const again = joinChunks(encodeModel(decodeModel(bytes)))
      expect(again.length).toBe(bytes.length)
      expect(Buffer.compare(again, bytes)).toBe(0)
    },
  )
})
