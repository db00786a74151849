// Gathers protobuf output as chunks: small values into a growing scratch area, large payloads as the caller's
// own views between them. Knows nothing of ONNX's messages.

const ownChunkFrom = 1024
const scratchBytes = 16_384
const utf8 = new TextEncoder()

export class Writer {
  #chunks: Uint8Array[] = []
  #scratch = new Uint8Array(scratchBytes)
  #view = new DataView(this.#scratch.buffer)
  #start = 0
  #at = 0

  varint(value: number): void {
    this.#reserve(10)
    let rest = value
    for (; rest >= 128; rest = Math.floor(rest / 128)) this.#scratch[this.#at++] = (rest % 128) | 128
    this.#scratch[this.#at++] = rest
  }

  long(value: bigint): void {
    if (value >= 0n && value <= 0x1fffffffffffffn) {
      this.varint(Number(value))
      return
    }
    this.#reserve(10)
    let rest = BigInt.asUintN(64, value)
    for (; rest >= 128n; rest >>= 7n) this.#scratch[this.#at++] = Number(rest & 127n) | 128
    this.#scratch[this.#at++] = Number(rest)
  }

  float(value: number): void {
    this.#reserve(4)
    this.#view.setFloat32(this.#at, value, true)
    this.#at += 4
  }

  string(value: string): void {
    const bytes = utf8.encode(value)
    this.varint(bytes.length)
    this.bytes(bytes)
  }

  bytes(bytes: Uint8Array): void {
    if (bytes.length >= ownChunkFrom) {
      this.#flush()
      this.#chunks.push(bytes)
      return
    }
    this.#reserve(bytes.length)
    this.#scratch.set(bytes, this.#at)
    this.#at += bytes.length
  }

  finish(): Uint8Array[] {
    this.#flush()
    return this.#chunks
  }

  #reserve(size: number): void {
    if (this.#at + size <= this.#scratch.length) return
    this.#flush()
    this.#scratch = new Uint8Array(scratchBytes)
    this.#view = new DataView(this.#scratch.buffer)
    this.#start = 0
    this.#at = 0
  }

  #flush(): void {
    if (this.#at > this.#start) this.#chunks.push(this.#scratch.subarray(this.#start, this.#at))
    this.#start = this.#at
  }
}
