import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { day } from '../../shared/domain/duration.ts'
import { freezesOf } from '../../shared/domain/policy.ts'
import { readPolicy } from '../../shared/domain/policy-text.ts'
import { Fault } from '../../shared/errors.ts'

const sound = `mode: act
timezone: Asia/Shanghai
language: zh
defaults:
  renewBefore: 30d
  approval: required
  approvers: dba
  window: maintenance
  concurrency: 1
  halt: { failures: 1 }
  proof: required
  ask: weekly
rules:
  - match: { tags: { env: dev } }
    set: { renewBefore: 60d, approval: automatic, concurrency: 5 }
  - match: { engine: SQLServer }
    set: { groups: ["tag:app"], updateValue: 2 }
freezes:
  - { from: 2026-11-09T00:00:00+08:00, to: 2026-11-13T00:00:00+08:00, reason: Double 11 }
approvers:
  dba: { channels: [dingtalk-dba] }
reach:
  - { region: cn-hangzhou, vpc: vpc-1, function: rds-tls-probe-vpc-1 }
`

/** What is thrown for the sound policy with one edit, which must hit. */
function faults(from: string | RegExp, to: string): string {
  const text = sound.replace(from, to)
  expect(text, `${from} is not in the policy`).not.toBe(sound)
  return faultsOf(text)
}

function faultsOf(text: string): string {
  try {
    readPolicy(text)
  } catch (error) {
    if (error instanceof Fault && error.code === 'BadConfig') return error.message
    throw error
  }
  return 'none'
}

test('a sound policy is read, durations in milliseconds and freezes as spans', () => {
  const { policy, document } = readPolicy(sound)
  expect(policy.defaults).toMatchObject({ renewBefore: 30 * day, halt: { failures: 1 } })
  expect(policy.rules[0]?.set).toEqual({ renewBefore: 60 * day, approval: 'automatic', concurrency: 5 })
  expect(freezesOf(policy)).toEqual([{ from: Date.parse('2026-11-08T16:00:00Z'), to: Date.parse('2026-11-12T16:00:00Z') }])
  expect(document).toMatchObject({ defaults: { renewBefore: '30d' } })
  expect(JSON.parse(JSON.stringify(document))).toEqual(document)
})

test('an update value of 1, a probe and a single region are taken', () => {
  const { policy } = readPolicy(`${sound.replace('updateValue: 2', 'updateValue: 1')}regions: [cn-hangzhou]\n`)
  expect(policy.rules[1]?.set.updateValue).toBe(1)
  expect(policy.reach).toEqual([{ region: 'cn-hangzhou', vpc: 'vpc-1', function: 'rds-tls-probe-vpc-1' }])
  expect(policy.regions).toEqual(['cn-hangzhou'])
})

test('rules, freezes and reach may be left out', () => {
  const least = sound.replace(/rules:[\s\S]*?(?=approvers:\n)/, '').replace(/reach:[\s\S]*/, '')
  expect(readPolicy(least).policy).toMatchObject({ rules: [], freezes: [], reach: [] })
})

test.each(['policy.yaml', 'local/policy.yaml'])('the packaged %s is sound', file =>
  expect(faultsOf(readFileSync(file, 'utf8'))).toBe('none'),
)

test('the packaged policy observes: nothing is called before a person said so', () =>
  expect(readPolicy(readFileSync('policy.yaml', 'utf8')).policy.mode).toBe('observe'))

describe('a fault is told by its line and key', () => {
  test.each<[string, string | RegExp, string, string]>([
    ['a mode that is none', 'mode: act', 'mode: auto', 'policy.yaml:1: mode: '],
    ['a time zone that is none', 'Asia/Shanghai', 'Asia/Atlantis', 'policy.yaml:2: timezone: must be an IANA time zone'],
    ['a language that has no words', 'language: zh', 'language: de', 'policy.yaml:3: language: '],
    ['a missing key, at its parent', 'timezone: Asia/Shanghai\n', '', 'policy.yaml:1: timezone: '],
    ['a missing default, where the defaults begin', '  ask: weekly\n', '', 'policy.yaml:5: defaults.ask: '],
    ['a duration without its unit', 'renewBefore: 30d', 'renewBefore: 30', 'policy.yaml:5: defaults.renewBefore: '],
    ['a duration of another unit', 'renewBefore: 30d', 'renewBefore: 4w', 'policy.yaml:5: defaults.renewBefore: must be a duration'],
    ['an unknown key', '  approval: required', '  aproval: required', 'policy.yaml:6: defaults.aproval: unknown key'],
    ['a secret in a channel’s place', 'dba: { channels', 'dba: { url: x, channels', 'policy.yaml:21: approvers.dba.url: unknown key'],
    [
      'approvers that nobody knows',
      'approvers: dba\n',
      'approvers: nobody\n',
      'policy.yaml:7: defaults.approvers: names nobody, but approvers knows only dba',
    ],
    ['approvers with a name that is none', 'dba: { channels', 'D B A: { channels', 'policy.yaml:21: approvers.D B A: '],
    ['a window of its own', 'window: maintenance', 'window: any', 'policy.yaml:8: defaults.window: must be "maintenance"'],
    ['no concurrency at all', 'concurrency: 1\n', 'concurrency: 0\n', 'policy.yaml:9: defaults.concurrency: '],
    ['a brake that never brakes', 'failures: 1', 'failures: 0', 'policy.yaml:10: defaults.halt.failures: '],
    ['a proof that is left out', 'proof: required', 'proof: none', 'policy.yaml:11: defaults.proof: must be "required": done means proven'],
    [
      'a rule for an engine that is none',
      'engine: SQLServer',
      'engine: MariaDB',
      'policy.yaml:16: rules.1.match.engine: must be SQLServer',
    ],
    ['a group that is no tag', '"tag:app"', 'app', 'policy.yaml:17: rules.1.set.groups.0: must be tag:NAME'],
    ['an update value that would turn TLS off', 'updateValue: 2', 'updateValue: 0', 'policy.yaml:17: rules.1.set.updateValue: '],
    [
      'a custom certificate that is to be renewed',
      'updateValue: 2',
      'certificate: custom',
      'policy.yaml:17: rules.1.set.certificate: can only state "aliyun"',
    ],
    [
      'a freeze without an offset',
      '2026-11-09T00:00:00+08:00',
      '2026-11-09T00:00:00',
      'policy.yaml:19: freezes.0.from: must be an instant with its offset',
    ],
    ['a freeze that ends before it begins', '2026-11-13', '2026-11-08', 'policy.yaml:19: freezes.0.to: must end after it begins'],
    ['a freeze of no length', '2026-11-13', '2026-11-09', 'policy.yaml:19: freezes.0.to: must end after it begins'],
    ['a freeze without a reason', ', reason: Double 11', '', 'policy.yaml:19: freezes.0.reason: '],
    ['people without a channel', '[dingtalk-dba]', '[]', 'policy.yaml:21: approvers.dba.channels: '],
    ['a probe without its function', ', function: rds-tls-probe-vpc-1', '', 'policy.yaml:23: reach.0.function: '],
    ['a key twice', 'mode: act\n', 'mode: act\nmode: observe\n', 'policy.yaml:2: Map keys must be unique'],
    ['a bracket that is not closed', '{ channels: [dingtalk-dba] }', '{ channels: [dingtalk-dba }', 'policy.yaml:21: '],
    ['a tab for an indentation', '  approval: required', '\tapproval: required', 'policy.yaml:6: '],
  ])('%s', (_, from, to, said) => expect(faults(from, to)).toContain(said))

  test.each([
    ['an approval with a quorum', 'approval: required', 'approval: { quorum: 2, identity: ram }', 'policy.yaml:6: defaults.approval'],
    [
      'a list of RAM identities',
      'channels: [dingtalk-dba]',
      'channels: [dingtalk-dba], ram: ["user/li.wei"]',
      'policy.yaml:21: approvers.dba.ram',
    ],
  ])('%s is refused by its name until it works, never ignored', (_, from, to, place) => {
    expect(faults(from, to)).toContain(place)
    expect(faults(from, to)).toContain('does not work yet')
  })

  test('and all faults are told together, in the order of their lines', () => {
    const text = sound.replace('ask: weekly', 'ask: hourly').replace('mode: act\n', '').replace('[dingtalk-dba]', '[]')
    const lines = faultsOf(`# moved\n${text}mode: auto\n`)
      .split('\n')
      .map(line => /^policy\.yaml:(\d+): /.exec(line)?.[1])
    expect(lines).toEqual(['12', '21', '24'])
  })

  test.each(['', '# nothing yet\n', '[]', 'act', 'null'])('where the whole file is %j, the file', text =>
    expect(faultsOf(text)).toMatch(/^policy\.yaml:1: the whole file: /),
  )
})
