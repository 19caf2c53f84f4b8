import { Fault } from '../shared/errors.ts'
import { accessOf } from './access.ts'
import { type Command, cloudOptions, type Given, type Outcome } from './command.ts'
import { exit } from './exit.ts'
import { readPolicyFile } from './policy-file.ts'
import { impactLines, impactOf } from './policy-impact.ts'
import type { Terminal } from './terminal.ts'
import { some } from './times.ts'

export const check: Command = {
  usage: 'policy check [FILE]',
  about: 'whether a policy is sound, each fault by its line; with --fleet also whose treatment changes and whose date cannot be met',
  words: [0, 1],
  options: {
    ...cloudOptions,
    'against=FILE': 'the policy that it would replace',
    fleet: 'look at the fleet with your keys, which only reads',
  },
  more: ['FILE is policy.yaml unless told. Exit status: 0 sound, 1 a date cannot be met, 65 faults.'],
  run: runCheck,
}

async function runCheck(given: Given, at: Terminal): Promise<Outcome> {
  const file = given.word(0) || 'policy.yaml'
  let read: Awaited<ReturnType<typeof readPolicyFile>>
  try {
    read = await readPolicyFile(file)
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'BadConfig') throw error
    const faults = error.message.split('\n')
    return { exit: exit.badInput, lines: [...faults, '', at.paint.bad(some(faults.length, 'fault'))], json: { file, sound: false, faults } }
  }
  const { policy } = read
  const against = given.text('against')
  const before = against === undefined ? undefined : (await readPolicyFile(against)).policy
  const impact = given.flag('fleet') ? await impactOf(before, policy, await accessOf(given, at), at) : undefined
  const owners = Object.keys(policy.approvers)
  const lines = [
    at.paint.good(`${file} is sound.`),
    `It ${policy.mode === 'act' ? 'acts' : 'only observes'}; ${some(policy.rules.length, 'rule')}, ${some(policy.freezes.length, 'freeze')}, asks ${owners.join(', ')}, probes in ${some(policy.reach.length, 'VPC')}.`,
    ...(impact ? ['', ...impactLines(impact, before !== undefined, at)] : []),
  ]
  const late = impact ? impact.capacity.hopeless.length + impact.capacity.crowded.length : 0
  return { exit: late > 0 ? exit.warning : exit.fine, lines, json: { file, sound: true, mode: policy.mode, ...(impact ? { impact } : {}) } }
}
