// Which of our errors an engine's own message stands for. Pure. ONNX Runtime throws text: the patterns below are its
// status names and the phrases of its loaders, as onnxruntime-web 1.30 writes them.

import { LaneError, type WireErrorCode } from '../../protocol/wireErrors.ts'

export type Step = 'load' | 'run'

const rules: readonly (readonly [code: WireErrorCode, pattern: RegExp, step?: Step])[] = [
  ['DeviceLost', /device (was |is )?lost|device.{0,20}destroyed|GPUDevice.{0,40}lost/i],
  [
    'OutOfMemory',
    /out of memory|bad_alloc|memory access out of bounds|array buffer allocation failed|failed to allocate|allocation size|cannot enlarge memory|could not allocate|invalid typed array length|tensor shape is too large/i,
  ],
  [
    'UnsupportedOperator',
    /not implemented|NOT_IMPLEMENTED|could not find an implementation|is not a registered function\/op|no op registered|unsupported operator|does not support fp16/i,
  ],
  [
    'BackendUnavailable',
    /no available backend|failed to get gpu adapter|webgpu is not supported|webnn.{0,40}not supported/i,
  ],
  [
    'ModelInvalid',
    /protobuf parsing failed|INVALID_PROTOBUF|INVALID_GRAPH|load model|not a valid onnx|failed to load model|ERROR_CODE: (1|2|3|7|10)\b|unexpected end of json|JSON|opset/i,
    'load',
  ],
  [
    'WrongInput',
    /invalid dimensions|unexpected input data type|INVALID_ARGUMENT|missing the following inputs/i,
    'run',
  ],
]

/** One line: what is said last of who called what where, and of which status. */
const plainLine = (text: string) =>
  (text.split('\n', 1)[0] ?? '')
    .replace(/^.*\[ONNXRuntimeError\] : \d+ : /, '')
    .replace(/^.*ERROR_CODE: \d+, ERROR_MESSAGE: /, '')
    .replace(/^(Error: )+/, '')
    .trim()
    .slice(0, 600)

/** `thrown` itself where it is ours already; else the error that it stands for, 'EngineFailed' where none fits. */
export function engineError(thrown: unknown, step: Step, model: string): LaneError {
  if (thrown instanceof LaneError) return thrown
  // Emscripten throws numbers for C++ exceptions that nobody caught.
  const text = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown)
  const rule = rules.find(([, pattern, only]) => (only === undefined || only === step) && pattern.test(text))
  const verb = step === 'load' ? 'could not be loaded' : 'could not be run'
  return new LaneError(rule?.[0] ?? 'EngineFailed', `${model} ${verb}: ${plainLine(text)}`, { cause: thrown })
}
