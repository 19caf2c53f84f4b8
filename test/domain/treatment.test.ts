import { describe, expect, test } from 'vitest'
import { day } from '../../shared/domain/duration.ts'
import type { Policy } from '../../shared/domain/policy.ts'
import { treatmentOf } from '../../shared/domain/treatment.ts'
import { anInstance } from './items.ts'
import { aPolicy } from './policies.ts'

const policyOf = (...rules: unknown[]): Policy => aPolicy({ rules })

test('without a rule that matches, the defaults hold', () =>
  expect(treatmentOf(policyOf({ match: { engine: 'MySQL' }, set: { concurrency: 5 } }), anInstance())).toEqual({
    ...policyOf().defaults,
    from: 'defaults',
    groups: ['defaults'],
    updateValue: undefined,
    stated: false,
  }))

test('the first rule that matches wins, alone: what a later one says is not added', () => {
  const policy = policyOf(
    { match: { engine: 'PostgreSQL' }, set: { concurrency: 7 } },
    { match: { engine: 'SQLServer' }, set: { concurrency: 5 } },
    { match: {}, set: { concurrency: 9, approvers: 'shop' } },
  )
  expect(treatmentOf(policy, anInstance())).toMatchObject({ concurrency: 5, approvers: 'dba', from: 'rule 2', groups: ['rule 2'] })
  expect(treatmentOf(policy, anInstance({ engine: 'MySQL' }))).toMatchObject({ concurrency: 9, approvers: 'shop', from: 'rule 3' })
})

describe('a rule matches', () => {
  const instance = anInstance({ tags: { env: 'prod', app: 'shop' }, resourceGroup: 'rg-1' })
  test.each<[Record<string, unknown>, boolean]>([
    [{}, true],
    [{ tags: { env: 'prod' } }, true],
    [{ tags: { env: 'prod', app: 'shop' } }, true],
    [{ tags: { env: 'prod', app: 'other' } }, false],
    [{ tags: { tier: '1' } }, false],
    [{ tags: { constructor: 'x' } }, false],
    [{ engine: 'SQLServer' }, true],
    [{ engine: 'MySQL' }, false],
    [{ version: '2019_std_ha' }, true],
    [{ version: '2019' }, false],
    [{ region: 'cn-hangzhou' }, true],
    [{ region: 'cn-beijing' }, false],
    [{ instance: 'rm-1' }, true],
    [{ instance: 'rm-10' }, false],
    [{ resourceGroup: 'rg-1' }, true],
    [{ resourceGroup: 'rg-2' }, false],
    [{ engine: 'SQLServer', region: 'cn-beijing' }, false],
  ])('%j: %s', (match, matches) =>
    expect(treatmentOf(policyOf({ match, set: { concurrency: 5 } }), instance).concurrency).toBe(matches ? 5 : 1),
  )
  test('without a resource group only where it names none', () => {
    const bare = anInstance({ resourceGroup: undefined })
    expect(treatmentOf(policyOf({ match: { resourceGroup: 'rg-1' }, set: { concurrency: 5 } }), bare).concurrency).toBe(1)
  })
})

test('a rule that has no value for a setting leaves it', () => {
  const [rule] = policyOf({ match: {}, set: {} }).rules
  const policy = { ...policyOf(), rules: rule ? [{ ...rule, set: { concurrency: undefined, ask: 'daily' as const } }] : [] }
  expect(treatmentOf(policy, anInstance())).toMatchObject({ concurrency: 1, ask: 'daily' })
})

test('a rule sets what it names and leaves the rest', () => {
  const set = { renewBefore: '60d', updateValue: 1, certificate: 'aliyun', halt: { failures: 3 } }
  expect(treatmentOf(policyOf({ match: {}, set }), anInstance())).toMatchObject({
    renewBefore: 60 * day,
    updateValue: 1,
    stated: true,
    halt: { failures: 3 },
    approval: 'required',
    ask: 'weekly',
  })
})

describe('groups', () => {
  const groupsOf = (tags: Record<string, string>) =>
    treatmentOf(policyOf({ match: {}, set: { groups: ['tag:app', 'tag:tier'] } }), anInstance({ tags })).groups
  test('are named by the values of the tags', () =>
    expect(groupsOf({ app: 'shop', tier: '1', env: 'prod' })).toEqual(['app=shop', 'tier=1']))
  test('leave a missing tag out', () => expect(groupsOf({ tier: '1' })).toEqual(['tier=1']))
  test('fall back to the rule where no tag is there: an instance is never without a limit', () =>
    expect(groupsOf({ env: 'prod' })).toEqual(['rule 1']))
})
