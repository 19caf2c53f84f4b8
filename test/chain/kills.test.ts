import { expect, test } from 'vitest'
import { type KillPoint, killPoints } from '../../local/kill.ts'
import { unhurried } from '../oracle.ts'
import { smallDay } from './small-cloud.ts'

/** The points name what the service saw; the process dies by SIGKILL while it waits for the answer. */
const all = Object.keys(killPoints) as KillPoint[]
/** Where the process dies with a call whose answer it never saw. */
const worst: KillPoint = 'update-validity:after-call'
test.each(unhurried('a kill at each point but the worst') ? all : [worst])(
  'a function killed at %s leaves one effective update, proven and published',
  { timeout: 180_000 },
  async kill => {
    const { findings, told } = await smallDay({ only: ['mysql57-dev-due'], kill, patience: 150_000 })
    expect(findings).toEqual([])
    expect(told.filter(line => line.includes('killed'))).toHaveLength(1)
    expect(told.filter(line => line.endsWith('proof: Proven'))).toHaveLength(1)
  },
)
