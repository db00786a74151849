import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { readInput } from '../../src/input/readInput.ts'

const folder = mkdtempSync(join(tmpdir(), 'shoal-input-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let files = 0
function json(value: unknown): string {
  const file = join(folder, `${files++}.json`)
  writeFileSync(file, JSON.stringify(value))
  return file
}
const tensor = (dtype: string, data: readonly unknown[]) => json({ x: { dtype, dims: [data.length], data } })

describe('Tensors in a JSON file', () => {
  it.each([
    ['float32', [1, 2.5, -3]],
    ['int64', [1, '9007199254740993', -2]],
    ['uint8', [0, 255]],
    ['bool', [true, false]],
    ['bool', [1, 0]],
    ['string', ['a', '']],
  ])('are taken as %s %j', async (dtype, data) => {
    await expect(readInput([tensor(dtype, data)], undefined)).resolves.toMatchObject({
      tensors: { x: { dtype, dims: [data.length] } },
    })
  })

  it.each([
    ['float32', [1, null], 'null at 1, which is no float32'],
    ['float32', ['1'], '"1" at 0, which is no float32'],
    ['float32', [[1, 2]], '[1,2] at 0, which is no float32; give "data" as one flat array of numbers'],
    ['int64', [1.5], '1.5 at 0, which is no int64'],
    ['int64', ['ten'], '"ten" at 0, which is no int64'],
    ['int32', [1.5], '1.5 at 0, which is no int32'],
    ['bool', [2], '2 at 0, which is no bool'],
    ['string', [1], '1 at 0, which is no string'],
  ])('are refused in one line as %s %j', async (dtype, data, says) => {
    await expect(readInput([tensor(dtype, data)], undefined)).rejects.toMatchObject({
      _tag: 'InputUnreadable',
      message: expect.stringContaining(says),
    })
  })

  it('are refused where one is given twice', async () => {
    const twice = [tensor('float32', [1]), tensor('float32', [2])]
    await expect(readInput(twice, undefined)).rejects.toThrow('"x" was given before; give each tensor once')
  })

  it('are not read from a folder, and that is said', async () => {
    mkdirSync(join(folder, 'folder.json'))
    await expect(readInput([join(folder, 'folder.json')], undefined)).rejects.toThrow(
      'it is no file; name one',
    )
  })
})
