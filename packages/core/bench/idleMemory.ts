// A program of its own, started with --expose-gc by idleBytes.ts: prints the bytes that each idle actor of one contender
// holds of the heap, in a process where nothing else has run.

import { contenders } from './contenders/index.ts'

const [name, count] = [process.argv[2], Number(process.argv[3])]
const contender = contenders.find(one => one.name === name)
if (contender === undefined || gc === undefined || !(count > 0)) {
  throw new Error('usage: node --expose-gc idleMemory.ts CONTENDER COUNT')
}

async function heap(): Promise<number> {
  for (let times = 0; times < 3; times++) {
    await new Promise(resolve => setTimeout(resolve, 20))
    gc?.()
  }
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

// Code and the first shapes are not part of an actor.
const warm = await contender.start(100)
const before = await heap()
const actors = await contender.start(count)
const after = await heap()
process.stdout.write(`${(after - before) / count}\n`)
// Both are alive until here: what is idle is not garbage.
if ((await actors.ask(1)) + (await warm.ask(1)) !== 0) throw new Error('an idle actor has counted')
process.exit()
