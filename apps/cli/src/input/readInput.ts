// What the command line names as input, read from disk and brought to the form that a pool takes. Text is itself the
// input, unless it ends in .txt: then it names a file of text.

import { readFile, stat } from 'node:fs/promises'
import { extname } from 'node:path'
import { modalityOf } from '@shoal/browser-bridge'
import { readTensorProto } from '@shoal/onnx'
import type { ModelInput } from '@shoal/pool'
import { type Tensor, tensorDtypes, tensorOf } from '@shoal/tensor'
import { unreadable } from './InputUnreadable.ts'
import { elementsOf, fits, type WritableDtype } from './jsonElement.ts'
import { readWav } from './wav.ts'

const imageEndings = new Set(['.png', '.jpg', '.jpeg', '.webp', '.gif', '.bmp'])

/** What `--input` was given, once at least. */
export type Inputs = readonly [first: string, ...others: readonly string[]]

/**
 * The first input is what the task takes; those after it are more of it, or the labels, question or context that the
 * task needs beside it.
 * @param task absent for a graph, whose inputs are tensors
 * @param warn told of text that is also the name of a file
 */
export async function readInput(
  inputs: Inputs,
  task: string | undefined,
  warn: (line: string) => void = () => {},
): Promise<ModelInput> {
  if (task === undefined) return { tensors: await readTensors(inputs) }
  const textOf = (input: string) => readText(input, warn)
  const [first, ...others] = inputs
  const kind = modalityOf(task)
  const rest = await Promise.all(others.map(textOf))
  const beside = rest.length === 0 ? {} : { text: kind?.beside === 'question' ? rest.join(' ') : rest }
  switch (kind?.takes) {
    case 'image':
      if (!imageEndings.has(endingOf(first)))
        throw unreadable(first, `${task} takes an image file (${[...imageEndings].join(' ')})`)
      return { image: await bytesOf(first), ...beside }
    case 'audio':
      if (endingOf(first) !== '.wav') throw unreadable(first, `${task} takes a .wav file`)
      return { audio: readWav(await bytesOf(first), first), ...beside }
    default: {
      const text = await textOf(first)
      if (kind?.beside === 'labels') return { text, args: [rest] }
      if (kind?.beside === 'context') return { text, args: [rest.join(' ')] }
      return rest.length === 0 ? text : [text, ...rest]
    }
  }
}

/** Text as it stands, or that of a .txt file. */
async function readText(input: string, warn: (line: string) => void): Promise<string> {
  if (endingOf(input) === '.txt') return new TextDecoder().decode(await bytesOf(input))
  const info = await stat(input).catch(() => undefined)
  if (info?.isFile())
    warn(
      `Warning: ${input} is a file, and its name is taken as the text; to send what it holds, call it .txt.`,
    )
  return input
}

function endingOf(file: string): string {
  return extname(file).toLowerCase()
}

/** `name=file.pb` for each tensor, or one JSON file `{ name: { dtype, dims, data } }`. */
async function readTensors(inputs: readonly string[]): Promise<Record<string, Tensor>> {
  const tensors: Record<string, Tensor> = {}
  for (const input of inputs) {
    const at = input.indexOf('=')
    if (at > 0) {
      const file = input.slice(at + 1)
      add(tensors, { [input.slice(0, at)]: tensorOfProto(await bytesOf(file), file) }, input)
    } else if (input.endsWith('.json')) add(tensors, tensorsOfJson(await bytesOf(input), input), input)
    else
      throw unreadable(
        input,
        'without --task the model takes tensors: name=file.pb for each, or one .json file',
      )
  }
  return tensors
}

/** What is given twice is a slip, whichever was meant. */
function add(all: Record<string, Tensor>, more: Readonly<Record<string, Tensor>>, input: string): void {
  const twice = Object.keys(more).find(name => Object.hasOwn(all, name))
  if (twice !== undefined) throw unreadable(input, `"${twice}" was given before; give each tensor once`)
  Object.assign(all, more)
}

const writable = tensorDtypes.filter((dtype): dtype is WritableDtype => dtype !== 'float16')

/** An ONNX TensorProto, as the ONNX backend tests keep their inputs. */
function tensorOfProto(bytes: Uint8Array, file: string): Tensor {
  try {
    const { name: _, ...tensor } = readTensorProto(bytes)
    return tensor
  } catch (cause) {
    throw unreadable(file, `it is no ONNX TensorProto (${cause instanceof Error ? cause.message : cause})`)
  }
}

function tensorsOfJson(bytes: Uint8Array, file: string): Record<string, Tensor> {
  let parsed: unknown
  try {
    parsed = JSON.parse(new TextDecoder().decode(bytes))
  } catch (cause) {
    throw unreadable(file, `it is not JSON (${cause instanceof Error ? cause.message : cause})`)
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    throw unreadable(file, 'expected { "name": { "dtype", "dims", "data" } }')
  return Object.fromEntries(
    Object.entries(parsed).map(([name, value]) => [name, tensorOfJson(name, value, file)]),
  )
}

function tensorOfJson(name: string, value: unknown, file: string): Tensor {
  const { dtype, dims, data } = (value ?? {}) as { dtype?: unknown; dims?: unknown; data?: unknown }
  if (!Array.isArray(data) || !Array.isArray(dims))
    throw unreadable(file, `"${name}" needs "dims" and "data" as arrays`)
  const known = writable.find(one => one === dtype)
  if (known === undefined)
    throw unreadable(file, `"${name}" has the dtype ${String(dtype)}; use one of ${writable.join(', ')}`)
  const at = data.findIndex(element => !fits(known, element))
  if (at >= 0)
    throw unreadable(
      file,
      `"${name}" holds ${shown(data[at])} at ${at}, which is no ${known}; give "data" as one flat array of ${elementsOf(known)}`,
    )
  return tensorOf(known, dims, data)
}

/** As the file writes it, but for a number that JavaScript cannot hold. */
function shown(element: unknown): string {
  return typeof element === 'number' ? String(element) : JSON.stringify(element)
}

async function bytesOf(file: string): Promise<Uint8Array> {
  const info = await stat(file).catch(() => undefined)
  if (info === undefined) throw unreadable(file, 'there is no such file; check the path')
  if (!info.isFile()) throw unreadable(file, 'it is no file; name one')
  return readFile(file).catch(cause => {
    throw unreadable(file, `it cannot be read (${cause instanceof Error ? cause.message : cause})`)
  })
}
