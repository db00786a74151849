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
    ['int64', ['-9223372036854775808', '9223372036854775807']],
    ['uint64', ['0', '18446744073709551615']],
    ['int8', [-128, 127]],
    ['uint8', [0, 255]],
    ['int32', [-2_147_483_648, 2_147_483_647]],
    ['uint32', [0, 4_294_967_295]],
    ['float32', [3.4028234663852886e38, 1e-60]],
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
    ['float32', [3.5e38], '3.5e+38 at 0, which is no float32'],
    ['int8', [-129], '-129 at 0, which is no int8'],
    [
      'uint8',
      [0, 300],
      '300 at 1, which is no uint8; give "data" as one flat array of whole numbers from 0 to 255',
    ],
    ['uint8', [-1], '-1 at 0, which is no uint8'],
    ['int16', [32_768], '32768 at 0, which is no int16'],
    ['uint16', [65_536], '65536 at 0, which is no uint16'],
    ['int32', [3_000_000_000], '3000000000 at 0, which is no int32'],
    ['uint32', [2 ** 32], '4294967296 at 0, which is no uint32'],
    ['uint64', ['-1'], '"-1" at 0, which is no uint64'],
    ['uint64', [-1], '-1 at 0, which is no uint64'],
    ['uint64', ['18446744073709551616'], '"18446744073709551616" at 0, which is no uint64'],
    ['int64', ['99999999999999999999'], '"99999999999999999999" at 0, which is no int64'],
    ['int64', ['-9223372036854775809'], '"-9223372036854775809" at 0, which is no int64'],
    ['int64', [2 ** 60], '1152921504606847000 at 0, which is no int64'],
    ['float16', [1], 'the dtype float16'],
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

  it('are refused where a number is beyond every number', async () => {
    const file = json(0)
    writeFileSync(file, '{"x":{"dtype":"float64","dims":[1],"data":[1e400]}}')
    await expect(readInput([file], undefined)).rejects.toThrow('Infinity at 0, which is no float64')
  })

  it('are refused where one is given twice', async () => {
    const twice = [tensor('float32', [1]), tensor('float32', [2])] as const
    await expect(readInput(twice, undefined)).rejects.toThrow('"x" was given before; give each tensor once')
  })

  it('are not read from a folder, and that is said', async () => {
    mkdirSync(join(folder, 'folder.json'))
    await expect(readInput([join(folder, 'folder.json')], undefined)).rejects.toThrow(
      'it is no file; name one',
    )
  })
})

describe('Text', () => {
  const read = async (input: string) => {
    const warned: string[] = []
    const text = await readInput([input], 'feature-extraction', line => warned.push(line))
    return { text, warned }
  }

  it('is taken as it stands, or from a .txt file', async () => {
    const file = join(folder, 'words.txt')
    writeFileSync(file, 'What the file holds.')
    expect(await read('Plain words.')).toEqual({ text: 'Plain words.', warned: [] })
    expect(await read(file)).toEqual({ text: 'What the file holds.', warned: [] })
  })

  it('that names another file is taken as it stands, with a warning', async () => {
    const file = join(folder, 'notes.md')
    writeFileSync(file, 'What the file holds.')
    const { text, warned } = await read(file)
    expect(text).toBe(file)
    expect(warned).toEqual([expect.stringContaining('notes.md is a file, and its name is taken as the text')])
  })
})
