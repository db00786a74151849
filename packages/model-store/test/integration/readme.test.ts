import { join } from 'node:path'
import { runReadmeExample } from '@shoal/tools/readme'
import { describe, expect, it } from 'vitest'

describe('the README', () => {
  it('shows an example that runs', async () => {
    const output = await runReadmeExample(join(import.meta.dirname, '../../README.md'), {
      files: { 'models/bert-mini/config.json': '{}', 'models/bert-mini/onnx/model.onnx': 'graph' },
    })
    expect(output).toMatch(/^[0-9a-f]{64} 7\nconfig\.json 2 .{8}\nonnx\/model\.onnx 5 .{8}\n/)
  })
})
