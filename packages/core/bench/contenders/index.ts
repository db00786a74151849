// The contenders that are run in a process of their own, by name.

import type { Contender } from './Contender.ts'
import { effectQueue } from './effectQueue.ts'
import { nact } from './nact.ts'
import { plainXState } from './plainXState.ts'
import { effectFace } from './shoal.ts'

export const contenders: readonly [Contender, ...Contender[]] = [effectFace, plainXState, nact, effectQueue]
