// Every architecture by name.
import { bertEncoder } from './bertEncoder.ts'
import { identity } from './identity.ts'

export const architectures = { bertEncoder, identity }

export type ArchitectureName = keyof typeof architectures
/** The size parameters of an architecture. */
export type ParamsOf<A extends ArchitectureName> = (typeof architectures)[A]['sizes']['tiny']

export const architectureNames = Object.keys(architectures) as readonly ArchitectureName[]
