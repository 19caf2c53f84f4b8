import { describe, expect, test } from 'vitest'
import { observing, readPolicy } from '../../shared/domain/policy-text.ts'
import { Fault } from '../../shared/errors.ts'
import { sound } from './policies.ts'

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

test.each(['Asia/Shanghai', 'UTC', 'Etc/UTC', 'PRC', 'US/Pacific'])('%s is a time zone, by its newest name or an older one', zone =>
  expect(readPolicy(sound.replace('Asia/Shanghai', zone)).policy.timezone).toBe(zone),
)

describe('a fault is told by its line and key', () => {
  test.each<[string, string | RegExp, string, string]>([
    ['a mode that is none', 'mode: act', 'mode: auto', '1: mode: must be observe or act'],
    ['a time zone that is none', 'Asia/Shanghai', 'Asia/Atlantis', '2: timezone: must be an IANA time zone like Asia/Shanghai'],
    ['a language that has no words', 'language: zh', 'language: de', '3: language: must be zh or en'],
    ['a missing key, at its parent', 'timezone: Asia/Shanghai\n', '', '1: timezone: is missing'],
    ['a missing key, where the first one stands', /mode: act\ntimezone: .*\n/, '# ours\n\nmode: act\n', '3: timezone: is missing'],
    ['a missing default, where the defaults begin', '  ask: weekly\n', '', '5: defaults.ask: must be weekly or daily'],
    ['a missing approval', '  approval: required\n', '', '5: defaults.approval: must be required or automatic'],
    ['an approval that is none', 'approval: automatic', 'approval: 7', '15: rules.0.set.approval: must be required or automatic'],
    ['a duration without its unit', 'renewBefore: 30d', 'renewBefore: 30', '5: defaults.renewBefore: must be a text'],
    [
      'a duration of another unit',
      'renewBefore: 30d',
      'renewBefore: 4w',
      '5: defaults.renewBefore: must be a duration like 30d, 12h or 15m',
    ],
    ['an unknown key', '  ask: weekly', '  ask: weekly\n  asks: x', '13: defaults.asks: unknown key: check its spelling and its place'],
    ['a secret in a channel’s place', 'dba: { ', 'dba: { url: x, ', '21: approvers.dba.url: unknown key: check its spelling and its place'],
    [
      'approvers that nobody knows',
      'approvers: dba\n',
      'approvers: nobody\n',
      '7: defaults.approvers: names nobody, but approvers knows only dba',
    ],
    [
      'approvers that nobody knows in a rule',
      'approval: automatic',
      'approvers: x',
      '15: rules.0.set.approvers: names x, but approvers knows only dba',
    ],
    [
      'approvers where nobody is',
      /approvers:\n.*\n/,
      'approvers: {}\n',
      '7: defaults.approvers: names dba, but approvers knows only nobody',
    ],
    [
      'approvers with a name that is none',
      'dba: { channels',
      'D B A: { channels',
      '21: approvers.D B A: must be a short lower-case name like dba',
    ],
    [
      'a window of its own',
      'window: maintenance',
      'window: any',
      '8: defaults.window: must be "maintenance": restarts stay inside the instance\'s own window',
    ],
    ['no concurrency at all', 'concurrency: 1\n', 'concurrency: 0\n', '9: defaults.concurrency: must be 1 or more'],
    ['too much of it', 'concurrency: 1\n', 'concurrency: 1001\n', '9: defaults.concurrency: must be 1000 or less'],
    ['a concurrency that is no number', 'concurrency: 1\n', 'concurrency: one\n', '9: defaults.concurrency: must be a number'],
    ['half a concurrency', 'concurrency: 1\n', 'concurrency: 1.5\n', '9: defaults.concurrency: must be a whole number'],
    ['a brake that never brakes', 'failures: 1', 'failures: 0', '10: defaults.halt.failures: must be 1 or more'],
    ['a brake that is a number', 'halt: { failures: 1 }', 'halt: 1', '10: defaults.halt: must be a block of keys'],
    ['a proof that is left out', 'proof: required', 'proof: none', '11: defaults.proof: must be "required": done means proven'],
    [
      'a rule for an engine that is none',
      'engine: SQLServer',
      'engine: MariaDB',
      '16: rules.1.match.engine: must be SQLServer, MySQL or PostgreSQL',
    ],
    ['tags without values', 'tags: { env: dev }', 'tags: env', '14: rules.0.match.tags: must be a block of keys'],
    [
      'a group that is no tag',
      '"tag:app"',
      'app',
      '17: rules.1.set.groups.0: must be tag:NAME: instances with the same value of that tag form a group',
    ],
    ['groups that are no list', '["tag:app"]', 'tag:app', '17: rules.1.set.groups: must be a list'],
    ['an update value that would turn TLS off', 'updateValue: 2', 'updateValue: 0', '17: rules.1.set.updateValue: must be 1 or 2'],
    [
      'a custom certificate that is to be renewed',
      'updateValue: 2',
      'certificate: custom',
      '17: rules.1.set.certificate: can only state "aliyun": a custom certificate is never renewed',
    ],
    [
      'a freeze without an offset',
      '2026-11-09T00:00:00+08:00',
      '2026-11-09T00:00:00',
      '19: freezes.0.from: must be an instant with its offset, like 2026-11-09T00:00:00+08:00',
    ],
    ['a freeze that ends before it begins', '2026-11-13', '2026-11-08', '19: freezes.0.to: must end after it begins'],
    ['a freeze of no length', '2026-11-13', '2026-11-09', '19: freezes.0.to: must end after it begins'],
    ['a freeze without a reason', ', reason: Double 11', '', '19: freezes.0.reason: is missing'],
    ['a freeze for no reason', 'Double 11', '""', '19: freezes.0.reason: must not be empty'],
    ['people without a channel', '[dingtalk-dba]', '[]', '21: approvers.dba.channels: must not be empty'],
    ['a channel without a name', '[dingtalk-dba]', '[""]', '21: approvers.dba.channels.0: must not be empty'],
    ['a probe without its function', ', function: rds-tls-probe-vpc-1', '', '23: reach.0.function: is missing'],
    ['a probe by a function without a name', 'rds-tls-probe-vpc-1', '""', '23: reach.0.function: must not be empty'],
    ['no region', 'language: zh', 'language: zh\nregions: []', '4: regions: must not be empty'],
    ['a key twice', 'mode: act\n', 'mode: act\nmode: observe\n', '2: Map keys must be unique at line 2, column 1:'],
    [
      'a bracket that is not closed',
      '{ channels: [dingtalk-dba] }',
      '{ channels: [dingtalk-dba }',
      '21: Flow map in block collection must be sufficiently indented and end with a } at line 21, column 35:',
    ],
    [
      'a tab for an indentation',
      '  approval: required',
      '\tapproval: required',
      '6: Tabs are not allowed as indentation at line 6, column 1:',
    ],
  ])('%s', (_, from, to, said) => expect(faults(from, to).split('\n')).toContain(`policy.yaml:${said}`))

  test('by the name of the file', () => {
    expect(() => readPolicy('mode: act\nmode: act\n', 'mine.yaml')).toThrow('mine.yaml:2: Map keys')
    expect(() => readPolicy('act', 'mine.yaml')).toThrow('mine.yaml:1: the whole file: must be a block of keys')
  })
  test('and two unknown keys of one block each by its own', () =>
    expect(faults('timezone:', 'zone: x\nzones: y\ntimezone:').split('\n')).toEqual([
      'policy.yaml:2: zone: unknown key: check its spelling and its place',
      'policy.yaml:3: zones: unknown key: check its spelling and its place',
    ]))

  test.each([
    ['approval: required', 'approval: { quorum: 2 }', '6: defaults.approval: an approval with a quorum or an identity'],
    ['[dingtalk-dba]', '[dingtalk-dba], ram: ["user/li.wei"]', '21: approvers.dba.ram: a list of RAM identities'],
  ])('%s that becomes %s is refused by its name until it works, never ignored', (from, to, what) =>
    expect(faults(from, to)).toBe(`policy.yaml:${what} does not work yet, so it is refused rather than ignored: leave it out`),
  )

  test('and all faults are told together, in the order of their lines', () => {
    const text = sound.replace('ask: weekly', 'ask: hourly').replace('mode: act\n', '').replace('[dingtalk-dba]', '[]')
    const lines = faultsOf(`# moved\n${text}mode: auto\n`)
      .split('\n')
      .map(line => /^policy\.yaml:(\d+): /.exec(line)?.[1])
    expect(lines).toEqual(['12', '21', '24'])
    expect(faultsOf('mode: act\nmode: act\n{')).toContain('\npolicy.yaml:3: ')
  })

  test.each(['', '# nothing yet\n', '[]', 'act', 'null'])('where the whole file is %j, the file', text =>
    expect(faultsOf(text)).toMatch(/^policy\.yaml:1: the whole file: /),
  )
})

describe('a policy that only observes', () => {
  test.each(['mode: act', 'mode: "act"', 'mode:    act # by li.wei'])('is %s with another word, and the same beside it', written => {
    const text = `# ours\n${sound.replace('mode: act', written)}`
    const { policy, document, text: changed } = observing(text)
    expect(changed).toBe(text.replace(/"?act"?/, 'observe'))
    expect([policy, document]).toMatchObject([{ mode: 'observe', language: 'zh' }, { mode: 'observe' }])
  })
  test('is what one is that observes already', () => {
    const text = sound.replace('mode: act', 'mode: observe')
    expect(observing(text).text).toBe(text)
  })
  test('is made of nothing but a policy', () => expect(() => observing('mode: act\n')).toThrow('policy.yaml:1: timezone: is missing'))
})
