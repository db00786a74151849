// The page as the product serves it, with levers: its workers can be told to hang, to throw, to vanish, to lose their
// GPU device. Nothing else of it is changed, its build included.
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type PageBundle, pageBundle } from '../../../src/node/host/pageBundle.ts'

export type Lever = 'hang' | 'throw' | 'vanish' | 'loseDevice'

/** In main: remembers each worker by name, so that a test can pull a lever of one; it is told when that has happened. */
const inMain = `
const PlainWorker = globalThis.Worker;
globalThis.levers = new Map();
globalThis.pulled = () => {};
globalThis.Worker = class extends PlainWorker {
  constructor(script, options) {
    super(script, options);
    globalThis.levers.set(options.name, this);
    this.addEventListener('message', event => {
      if (event.data?.pulledAt === undefined) return;
      event.stopImmediatePropagation();
      globalThis.pulled(event.data.pulledAt);
    });
  }
};
`
/** In a worker, before its own listener. */
const inWorker = `
{
  const devices = [];
  if ('GPUAdapter' in globalThis) {
    const request = GPUAdapter.prototype.requestDevice;
    GPUAdapter.prototype.requestDevice = async function (...args) {
      const device = await request.apply(this, args);
      devices.push(device);
      return device;
    };
  }
  addEventListener('message', event => {
    if (typeof event.data !== 'object' || !('lever' in event.data)) return;
    event.stopImmediatePropagation();
    self.postMessage({ pulledAt: Date.now() });
    if (event.data.lever === 'hang') for (;;);
    if (event.data.lever === 'throw') throw new Error('thrown by a lever');
    if (event.data.lever === 'vanish') self.close();
    if (event.data.lever === 'loseDevice') for (const device of devices) device.destroy();
  });
}
`

export interface LeveredPage extends AsyncDisposable {
  readonly bundle: PageBundle
}

export async function leveredPage(): Promise<LeveredPage> {
  const plain = await pageBundle()
  const folder = await mkdtemp(path.join(tmpdir(), 'shoal-levers-'))
  await cp(plain.folder, folder, {
    recursive: true,
    filter: file => !/(main|\.worker)\.js\.br$/.test(file),
  })
  const assets = path.join(folder, 'assets', plain.build)
  for (const [file, levers] of [
    ['main.js', inMain],
    ['link.worker.js', inWorker],
    ['lane.worker.js', inWorker],
  ] as const) {
    const script = path.join(assets, file)
    await writeFile(script, levers + (await readFile(script, 'utf8')))
  }
  return {
    bundle: { ...plain, folder },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}
