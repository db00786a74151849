import { describe, expect, it } from 'vitest'
import {
  CacheUnwritable,
  HubRefused,
  HubUnreachable,
  ModelCorrupt,
  ModelFileMissing,
  ModelNameRefused,
  ModelNotFound,
  ModelUnreadable,
} from '../src/index.ts'

const cause = new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED 127.0.0.1:1') })

describe('errors say what happened, to what, and what to do, in one line', () => {
  it.each([
    [
      new ModelNotFound({ name: 'bert-mni', looked: ['/models'], near: ['bert-mini'] }),
      /bert-mni.*\/models.*mean bert-mini/,
    ],
    [new ModelNotFound({ name: 'x', looked: [], near: [] }), /no folder and no hub is set/],
    [
      new ModelFileMissing({ name: 'b', file: 'model_q4.onnx', available: ['fp32', 'q8'] }),
      /model_q4\.onnx.*fp32, q8/,
    ],
    [new ModelFileMissing({ name: 'b', file: 'model.onnx', available: [] }), /onnx\/model\.onnx/],
    [new HubUnreachable({ url: 'http://h', cause, near: [] }), /http:\/\/h.*ECONNREFUSED.*HF_ENDPOINT/],
    [new HubRefused({ url: 'http://h', status: 401 }), /401.*HF_TOKEN/],
    [new HubRefused({ url: 'http://h', status: 429 }), /Too many/],
    [new HubRefused({ url: 'http://h', status: 503 }), /503.*later/],
    [new CacheUnwritable({ folder: '/c', cause: new Error('EROFS') }), /\/c.*EROFS.*SHOAL_CACHE/],
    [
      new ModelCorrupt({ name: 'b', file: 'f', expected: 'sha256 a', actual: 'sha256 b' }),
      /expected sha256 a, got sha256 b/,
    ],
    [new ModelNameRefused({ name: 'a/b/c', reason: 'why' }), /a\/b\/c.*why.*org\/name/],
    [new ModelUnreadable({ file: '/f', cause: 'EACCES' }), /\/f.*EACCES.*permissions/],
  ])('%s', (error, pattern) => {
    expect(error.message).toMatch(pattern)
    expect(error.message).not.toContain('\n')
  })
})
