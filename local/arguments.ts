import { parseArgs } from 'node:util'
import { isKillPoint, type KillPoint, killPoints } from './kill.ts'

export type Arguments = { approveAll: boolean; exit: boolean; json: boolean; help: boolean; kill: KillPoint | undefined }

export const usage = `npm start -- [options]    brings the embedded cloud up and renews its fleet

  --approve-all    answers every card with yes, as a person would through its page
  --exit           ends when every renewal has ended; the exit status is the auditor's
  --json           one JSON object at the end, progress on stderr
  --kill POINT     kills that function's process there, once: ${Object.keys(killPoints).join(', ')}
  --help

Exit status: 0 all is well; 1 the auditor found something; 2 wrong usage; 130 ended by Ctrl-C
`

/** Reads the command line; a string is what is wrong with it. */
export function readArguments(args: readonly string[]): Arguments | string {
  const flag = { type: 'boolean', default: false } as const
  try {
    const options = { 'approve-all': flag, exit: flag, json: flag, help: flag, kill: { type: 'string' } } as const
    const { values } = parseArgs({ args: [...args], options })
    const { kill } = values
    if (kill !== undefined && !isKillPoint(kill)) return `--kill ${kill}: known points are ${Object.keys(killPoints).join(', ')}`
    return { approveAll: values['approve-all'], exit: values.exit, json: values.json, help: values.help, kill }
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
