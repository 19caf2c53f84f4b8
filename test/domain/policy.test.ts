import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { day } from '../../shared/domain/duration.ts'
import { freezesOf, policySchema } from '../../shared/domain/policy.ts'
import { readPolicy } from '../../shared/domain/policy-text.ts'
import { aPolicy, someDefaults, sound } from './policies.ts'

test('a sound policy is read, durations in milliseconds and freezes as spans', () => {
  const { policy, document } = readPolicy(sound)
  expect(policy.defaults).toMatchObject({ renewBefore: 30 * day, halt: { failures: 1 } })
  expect(policy.rules[0]?.set).toEqual({ renewBefore: 60 * day, approval: 'automatic', concurrency: 5 })
  expect(freezesOf(policy)).toEqual([{ from: Date.parse('2026-11-08T16:00:00Z'), to: Date.parse('2026-11-12T16:00:00Z') }])
  expect(document).toMatchObject({ defaults: { renewBefore: '30d' } })
  expect(JSON.parse(JSON.stringify(document))).toEqual(document)
})

test('what a rule can set and match, probes, regions and channels are taken', () => {
  const rule = `  - match: { tags: { app: a, env: b }, version: "8.0", region: r, instance: rm-1, resourceGroup: rg-1 }
    set: { updateValue: 1, certificate: aliyun, groups: ["tag:app", "tag:a.b-c_9"], halt: { failures: 3 }, ask: daily }
`
  const { policy } = readPolicy(`${sound.replace('rules:\n', `rules:\n${rule}`).replace('[dingtalk-dba]', '[a, b]')}regions: [r, s]\n`)
  expect(policy.rules[0]).toEqual({
    match: { tags: { app: 'a', env: 'b' }, version: '8.0', region: 'r', instance: 'rm-1', resourceGroup: 'rg-1' },
    set: { updateValue: 1, certificate: 'aliyun', groups: ['tag:app', 'tag:a.b-c_9'], halt: { failures: 3 }, ask: 'daily' },
  })
  expect(policy.reach).toEqual([{ region: 'cn-hangzhou', vpc: 'vpc-1', function: 'rds-tls-probe-vpc-1' }])
  expect(policy.approvers).toEqual({ dba: { channels: ['a', 'b'] } })
  expect(policy.regions).toEqual(['r', 's'])
})

describe('a name', () => {
  const longest = `a${'b'.repeat(31)}`
  const approversTaken = (name: string) =>
    policySchema.safeParse({
      ...readPolicy(sound).policy,
      defaults: someDefaults,
      rules: [],
      approvers: { dba: { channels: ['c'] }, [name]: { channels: ['c'] } },
    }).success
  test.each(['d', 'team-9-x', longest])('of approvers may be %s', name => expect(approversTaken(name)).toBe(true))
  test.each(['', '9dba', 'Dba', 'dBa', 'dba ', ' dba', `${longest}c`])('of approvers may not be %j', name =>
    expect(approversTaken(name)).toBe(false),
  )
  test('of approvers that nobody knows is told beside those that are known', () =>
    expect(() => aPolicy({ defaults: { ...someDefaults, approvers: 'x' } })).toThrow('names x, but approvers knows only dba, shop'))
  test.each(['tag:', 'app', ' tag:app', 'tag:app x', 'tag:a/b'])('of a group may not be %j', group => {
    expect(() => readPolicy(sound.replace('"tag:app"', JSON.stringify(group)))).toThrow('must be tag:NAME')
  })
})

test('rules, freezes and reach may be left out', () => {
  const least = sound.replace(/rules:[\s\S]*?(?=approvers:\n)/, '').replace(/reach:[\s\S]*/, '')
  expect(readPolicy(least).policy).toMatchObject({ rules: [], freezes: [], reach: [] })
})

test.each(['policy.yaml', 'local/policy.yaml'])('the packaged %s is sound', file =>
  expect(() => readPolicy(readFileSync(file, 'utf8'))).not.toThrow(),
)

test('the packaged policy observes: nothing is called before a person said so', () =>
  expect(readPolicy(readFileSync('policy.yaml', 'utf8')).policy.mode).toBe('observe'))
