// One holder at a time, in order of asking. ONNX Runtime needs it: on WebGPU parallel creates throw and concurrent
// runs never end.

export class Lock {
  #tail: Promise<unknown> = Promise.resolve()

  /** Runs `body` once all earlier holders are done, however they ended. */
  run<T>(body: () => Promise<T>): Promise<T> {
    const turn = this.#tail.then(body)
    this.#tail = turn.catch(() => undefined)
    return turn
  }
}
