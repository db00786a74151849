import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { program } from '../src/program.ts'

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
const optionsIn = (text: string) => new Set(text.match(/--[a-z][a-z-]*/g) ?? [])
const rowOf = (name: string) => readme.split('\n').find(line => line.startsWith(`| \`${name}\` |`)) ?? ''

/** In every command, so in the table's last row. */
const everywhere = ['--cache', '--json', '--help']

describe('The README’s table of options', () => {
  it.each(program.commands.map(command => [command.name(), command] as const))(
    'has those of %s, and no other',
    (name, command) => {
      const own = command.options.map(({ long }) => long ?? '').filter(long => !everywhere.includes(long))
      expect([...optionsIn(rowOf(name))].sort()).toEqual(own.sort())
      const shared = new Set(command.options.map(({ long }) => long))
      expect([shared.has('--cache'), shared.has('--json')]).toEqual([true, true])
    },
  )

  it('has a row for what every command takes', () => {
    expect(optionsIn(readme.split('\n').find(line => line.startsWith('| all |')) ?? '')).toEqual(
      new Set(everywhere),
    )
  })
})

describe('The help', () => {
  it.each(program.commands.map(command => [command.name(), command] as const))(
    'of %s says no default of a switch, and ends with two examples of it',
    (name, command) => {
      let help = ''
      command.configureOutput({
        writeOut: text => {
          help += text
        },
      })
      command.outputHelp()
      expect(help).not.toMatch(/default: (false|\[\])/)
      const [, examples = ''] = help.split('Examples:\n')
      const lines = examples.trim().split('\n')
      expect(lines).toHaveLength(2)
      const known = optionsIn(help.split('Examples:')[0] ?? '')
      for (const line of lines) {
        expect(line.trim()).toMatch(new RegExp(`^shoal ${name}( |$)`))
        for (const option of optionsIn(line)) expect(known).toContain(option)
      }
    },
  )
})
