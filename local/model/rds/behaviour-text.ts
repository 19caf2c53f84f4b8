import type { Behaviour } from './behaviour.ts'

/** The doubts about the real service that have two sides: each is a switch, and docs/unverified.md says what hangs on it. */
const switches = [
  'caTypeRequired',
  'omissionResets',
  'updateRemovesTask',
  'sslReadableMeanwhile',
  'historyListsSsl',
  'updateRestarts',
] as const

export const behaviourGrammar = `${switches.map(name => `${name}=true|false`).join(', ')}, updateValue=1|2, statusMeanwhile=WORD`

/** Reads `caTypeRequired=true`; a string is what is wrong with it. */
export function readBehaviour(text: string): Partial<Behaviour> | string {
  const [name = '', value = '', ...rest] = text.split('=')
  const known = switches.find(one => one === name)
  if (rest.length === 0) {
    if (known !== undefined && (value === 'true' || value === 'false')) return { [known]: value === 'true' }
    if (name === 'updateValue' && (value === '1' || value === '2')) return { updateValue: value === '1' ? 1 : 2 }
    if (name === 'statusMeanwhile' && /^[A-Za-z_]+$/.test(value)) return { statusMeanwhile: value }
  }
  return `behaviour ${JSON.stringify(text)}: known are ${behaviourGrammar}`
}
