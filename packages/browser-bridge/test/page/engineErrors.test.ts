import { describe, expect, it } from 'vitest'
import { engineError } from '../../src/page/engines/engineErrors.ts'
import { LaneError } from '../../src/protocol/wireErrors.ts'

describe('what an engine throws', () => {
  it.each([
    [
      'load',
      "Can't create a session. ERROR_CODE: 7, ERROR_MESSAGE: Failed to load model because protobuf parsing failed.",
      'ModelInvalid',
    ],
    [
      'load',
      "Can't create a session. ERROR_CODE: 10, ERROR_MESSAGE: This is an invalid model. Error: the graph is not acyclic",
      'ModelInvalid',
    ],
    [
      'load',
      "Can't create a session. ERROR_CODE: 1, ERROR_MESSAGE: Fatal error: com.microsoft.extensions:DecodeImage(-1) is not a registered function/op",
      'UnsupportedOperator',
    ],
    [
      'load',
      "Can't create a session. ERROR_CODE: 9, ERROR_MESSAGE: Could not find an implementation for GroupNorm(21) node with name 'g'",
      'UnsupportedOperator',
    ],
    ['load', 'RangeError: Array buffer allocation failed', 'OutOfMemory'],
    ['load', 'std::bad_alloc', 'OutOfMemory'],
    ['run', 'memory access out of bounds', 'OutOfMemory'],
    ['run', 'GPUDevice was lost', 'DeviceLost'],
    [
      'run',
      'failed to call OrtRun(). ERROR_CODE: 2, ERROR_MESSAGE: Got invalid dimensions for input: x',
      'WrongInput',
    ],
    ['run', 'something else', 'EngineFailed'],
  ] as const)('at %s: %s → %s', (step, text, code) => {
    const error = engineError(new Error(text), step, 'm')
    expect(error.code).toBe(code)
    expect(error.message).toMatch(/^m could not be (loaded|run): /)
    expect(error.message).not.toContain('\n')
  })

  it('stays what it is where it is ours already', () => {
    const ours = new LaneError('ModelFileMissing', 'gone')
    expect(engineError(ours, 'load', 'm')).toBe(ours)
  })

  it('may be a number, as Emscripten throws them', () => {
    expect(engineError(12345, 'run', 'm')).toMatchObject({
      code: 'EngineFailed',
      message: 'm could not be run: 12345',
    })
  })

  it('is told without the engine’s own source files', () => {
    const text =
      'failed to call OrtRun(). ERROR_CODE: 2, ERROR_MESSAGE: /mnt/x/op_kernel.cc:83 Output(int) [ONNXRuntimeError] : 2 : INVALID_ARGUMENT : Tensor shape is too large'
    expect(engineError(new Error(text), 'run', 'm').message).toBe(
      'm could not be run: INVALID_ARGUMENT : Tensor shape is too large',
    )
    const other =
      "Can't create a session. ERROR_CODE: 7, ERROR_MESSAGE: Failed to load model because protobuf parsing failed."
    expect(engineError(new Error(other), 'load', 'm').message).toBe(
      'm could not be loaded: Failed to load model because protobuf parsing failed.',
    )
  })
})
