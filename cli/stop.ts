import { exit } from './exit.ts'

/** Why a command ends early, as a closed union. The message is a sentence for the person who typed it, with the mend. */
export type StopCode =
  | 'Usage'
  | 'BadFile'
  | 'NoCredentials'
  | 'NotDeployed'
  | 'NoLocalCloud'
  | 'Declined'
  | 'NoTerminal'
  | 'No'
  | 'NotRecognised'
  | 'Trouble'

const exits = {
  Usage: exit.usage,
  BadFile: exit.badInput,
  NoCredentials: exit.config,
  NotDeployed: exit.unavailable,
  NoLocalCloud: exit.unavailable,
  Declined: exit.declined,
  NoTerminal: exit.declined,
  No: exit.refused,
  NotRecognised: exit.denied,
  Trouble: exit.unavailable,
} as const satisfies Record<StopCode, number>

/** Ends a command with a sentence instead of a result. */
export class Stop extends Error {
  readonly code: StopCode
  constructor(code: StopCode, sentence: string) {
    super(sentence)
    this.name = 'Stop'
    this.code = code
  }

  get exit(): (typeof exits)[StopCode] {
    return exits[this.code]
  }
}
