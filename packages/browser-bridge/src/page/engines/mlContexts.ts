// The WebNN contexts that ONNX Runtime makes in this worker, as they are made: it keeps them to itself, and hears of none
// that is lost. Unverified: no WebNN context was ever seen to work on a machine at hand. By the text of
// https://www.w3.org/TR/webnn/, where `lost` settles once with the reason; a browser without it is not watched.

interface Context {
  readonly lost?: Promise<{ readonly message?: string }>
}
interface ContextMaker {
  createContext(options: { readonly deviceType: string }): Promise<Context>
}

/** Resolves, with why, when one that is made from now on is lost; never where there are none. */
export function contextLost(ml: ContextMaker | undefined): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>()
  if (ml === undefined) return promise
  const create = ml.createContext
  Object.defineProperty(ml, 'createContext', {
    configurable: true,
    writable: true,
    value: async (...options: Parameters<ContextMaker['createContext']>) => {
      const context: Context = await Reflect.apply(create, ml, options)
      void context.lost?.then(({ message = '' }) => resolve(message))
      return context
    },
  })
  return promise
}
