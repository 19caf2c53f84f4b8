import { parseArgs } from 'node:util'
import { isKillPoint, type KillPoint, killPoints } from './kill.ts'
import { faultGrammar, readFault } from './model/fault-text.ts'
import type { Fault } from './model/faults.ts'
import { type Behaviour, behaviourGrammar, readBehaviour } from './model/rds.ts'
import { isScenario, type ScenarioName, scenarioNames, scenarios } from './scenarios.ts'

export type Arguments = {
  approveAll: boolean
  exit: boolean
  json: boolean
  help: boolean
  kill: KillPoint | undefined
  faults: readonly Fault[]
  seed: number
  scenarios: readonly ScenarioName[]
  real: boolean
  behaviour: Partial<Behaviour>
}

/** Due instances of the fleet: one restarts, one does not, one is PostgreSQL. */
export const backed = ['mysql57-due', 'mysql80-due', 'postgres-due'] as const

const stories = scenarioNames.map(name => `    ${name.padEnd(24)} ${scenarios[name].says}`).join('\n')

export const usage = `npm start -- [options]    brings the embedded cloud up and renews its fleet

  --approve-all    answers every card with yes, as a person would through its page
  --exit           ends when every renewal has ended; the exit status is the auditor's
  --json           one JSON object at the end, progress on stderr
  --kill POINT     kills that function's process there, once: ${Object.keys(killPoints).join(', ')}
  --fault FAULT    what goes wrong, and for whom; may be given more than once: ${faultGrammar}
  --seed N         what chance hangs on; 1 where nothing is said
  --scenario NAME  plays one instance's story, beside a healthy one where it leaves that be, instead of the whole fleet; may be given more than once
${stories}
  --real           puts a real MariaDB or PostgreSQL behind ${backed.join(', ')}; with --fault rds:modify@mysql80-due:keeps-old-leaf
                   one of them goes on serving its old certificate
  --behaviour B    how the service decides what no source tells of it (docs/unverified.md); may be given more than once:
                   ${behaviourGrammar}
  --help

Exit status: 0 all is well; 1 the auditor found something; 2 wrong usage; 130 ended by Ctrl-C
`

const flag = { type: 'boolean', default: false } as const
const many = { type: 'string', multiple: true, default: [] as string[] } as const
const options = {
  'approve-all': flag,
  exit: flag,
  json: flag,
  help: flag,
  kill: { type: 'string' },
  fault: many,
  seed: { type: 'string', default: '1' },
  scenario: many,
  real: flag,
  behaviour: many,
} as const

/** Reads the command line; a string is what is wrong with it. `functions` are the deployed functions' names. */
export function readArguments(args: readonly string[], functions: readonly string[]): Arguments | string {
  try {
    const { values } = parseArgs({ args: [...args], options })
    const { kill, fault, seed, scenario } = values
    if (kill !== undefined && !isKillPoint(kill)) return `--kill ${kill}: known points are ${Object.keys(killPoints).join(', ')}`
    const read = fault.map(text => readFault(text, functions))
    const wrong = read.find(one => typeof one === 'string')
    if (wrong !== undefined) return `--fault: ${wrong}`
    const behaviours = values.behaviour.map(readBehaviour)
    const strange = behaviours.find(one => typeof one === 'string')
    if (strange !== undefined) return `--behaviour: ${strange}`
    if (!/^\d{1,9}$/.test(seed)) return `--seed ${seed}: must be a whole number, at most 999999999`
    const unknown = scenario.find(name => !isScenario(name))
    if (unknown !== undefined) return `--scenario ${unknown}: known scenarios are ${scenarioNames.join(', ')}`
    return {
      approveAll: values['approve-all'],
      exit: values.exit,
      json: values.json,
      help: values.help,
      kill,
      faults: read.filter(one => typeof one !== 'string'),
      seed: Number(seed),
      scenarios: scenario.filter(isScenario),
      real: values.real,
      behaviour: Object.assign({}, ...behaviours),
    }
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
