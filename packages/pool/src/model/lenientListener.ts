// A caller's listener that may throw. Its fault must end neither the load, which may be others' too, nor the process: it
// is said as a warning of the process, and the listener is not called again.
import { warnOf } from '@shoal/browser-bridge'
import type { ModelLoading } from './modelActor.ts'

type Listener = (loading: ModelLoading) => void

export function lenientListener(listener: Listener): Listener {
  let told: Listener | undefined = listener
  return loading => {
    try {
      told?.(loading)
    } catch (error) {
      told = undefined
      warnOf('The onProgress of getModel threw and is not called again', error)
    }
  }
}
