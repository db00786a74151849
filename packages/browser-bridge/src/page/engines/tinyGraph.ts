// The smallest ONNX model that proves a back-end: y = x + x over four floats (IR 8, opset 13), as protobuf bytes.

export const tinyGraph = new Uint8Array([
  8, 8, 58, 53, 10, 14, 10, 1, 120, 10, 1, 120, 18, 1, 121, 34, 3, 65, 100, 100, 18, 1, 103, 90, 15, 10, 1,
  120, 18, 10, 10, 8, 8, 1, 18, 4, 10, 2, 8, 4, 98, 15, 10, 1, 121, 18, 10, 10, 8, 8, 1, 18, 4, 10, 2, 8, 4,
  66, 2, 16, 13,
])
