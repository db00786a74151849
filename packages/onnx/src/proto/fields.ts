// The message tables compiled for walking: fields by number for reading, in ascending number for writing.
import { type MessageName, tables } from './messages.ts'

export type FieldType =
  | 'int'
  | 'long'
  | 'float'
  | 'double'
  | 'int32'
  | 'int64'
  | 'uint64'
  | 'string'
  | 'bytes'
  | MessageName

export interface Field {
  readonly name: string
  readonly path: string
  readonly number: number
  readonly type: FieldType
  readonly many: 'one' | 'many' | 'packed'
  /** The message table to descend into, or undefined for a scalar. */
  readonly message: MessageName | undefined
}

export const wire = { varint: 0, fixed64: 1, length: 2, fixed32: 5 } as const

/** The wire type of one element of a field, when it is not packed. */
export function wireOf(field: Field): number {
  switch (field.type) {
    case 'int':
    case 'long':
    case 'int32':
    case 'int64':
    case 'uint64':
      return wire.varint
    case 'float':
      return wire.fixed32
    case 'double':
      return wire.fixed64
    default:
      return wire.length
  }
}

function compile(message: MessageName): Field[] {
  return Object.entries(tables[message] as Record<string, readonly [number, FieldType, Field['many']]>)
    .map(([name, [number, type, many]]) => ({
      name,
      path: `${message}.${name}`,
      number,
      type,
      many,
      message: type in tables ? (type as MessageName) : undefined,
    }))
    .sort((a, b) => a.number - b.number)
}

function perMessage<T>(make: (name: MessageName) => T): Record<MessageName, T> {
  const made: Partial<Record<MessageName, T>> = {}
  for (const name of Object.keys(tables) as MessageName[]) made[name] = make(name)
  return made as Record<MessageName, T>
}

export const orderedFields: Record<MessageName, readonly Field[]> = perMessage(compile)

export const fieldsByNumber: Record<MessageName, ReadonlyMap<number, Field>> = perMessage(
  name => new Map(orderedFields[name].map(field => [field.number, field])),
)
