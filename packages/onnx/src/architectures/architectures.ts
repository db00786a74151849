// Every architecture by name.
import { bertEncoder } from './bertEncoder.ts'
import { clip } from './clip.ts'
import { gptDecoder } from './gptDecoder.ts'
import { identity } from './identity.ts'
import { vit } from './vit.ts'
import { whisper } from './whisper.ts'
import { whisperEncoder } from './whisperEncoder.ts'

export const architectures = { bertEncoder, vit, whisperEncoder, whisper, gptDecoder, clip, identity }

export type ArchitectureName = keyof typeof architectures
/** The size parameters of an architecture. */
export type ParamsOf<A extends ArchitectureName> = (typeof architectures)[A]['sizes']['tiny']

export const architectureNames = Object.keys(architectures) as readonly ArchitectureName[]
