import { Stop } from './stop.ts'
import type { Terminal } from './terminal.ts'

export type Confirmation = {
  /** What the person reads before the question. */
  shown: readonly string[]
  question: string
  /** Exactly what must be typed. */
  expected: string
  /** What an option said instead, so that nobody need be asked. */
  said: string | undefined
  /** The option, for whoever cannot be asked. */
  option: string
}

/** Goes on only where a person typed what was expected, or an option said it. Silence is a no. @throws Stop Declined, NoTerminal */
export async function confirm({ shown, question, expected, said, option }: Confirmation, { ask, err }: Terminal): Promise<void> {
  if (said !== undefined) {
    if (said === expected) return
    throw new Stop('Declined', `${option.split(' ')[0]} ${said} is not ${expected}: nothing was done`)
  }
  if (!ask) throw new Stop('NoTerminal', `nobody can be asked here: ${option} answers beforehand`)
  for (const line of shown) err(line)
  const typed = (await ask(question)).normalize('NFKC').trim()
  if (typed !== expected)
    throw new Stop('Declined', typed === '' ? 'nothing was done' : `“${typed}” is not “${expected}”: nothing was done`)
}
