import { describe, expect, test } from 'vitest'
import { type BundleFact, evolveBundle, noBundleWaits, permits, waiting } from '../../shared/domain/bundle-log.ts'

const at = '2026-11-09T18:30:00.000Z'
const none = { rootsAdded: [], rootsRemoved: [] }
const refused = (version: string, instead: string, ...harmed: string[]) => ({ fact: 'Refused', version, instead, ...none, harmed }) as const
const accepted = (version: string, instead: string, ...harms: string[]) =>
  ({ fact: 'Accepted', version, instead, harms, by: 'user/li.wei' }) as const
const after = (...facts: BundleFact[]) => facts.reduce((state, fact) => evolveBundle(state, fact, at), noBundleWaits)

test.each<[string, BundleFact[], boolean]>([
  ['nobody said anything', [], false],
  ['it was only refused', [refused('B', 'A')], false],
  ['a person accepted it', [refused('B', 'A'), accepted('B', 'A')], true],
  ['a person accepted another', [refused('C', 'A'), accepted('C', 'A')], false],
  ['a person accepted it in the place of another', [refused('B', 'Z'), accepted('B', 'Z')], false],
  ['another was refused since', [refused('B', 'A'), accepted('B', 'A'), refused('C', 'A')], false],
  ['it was accepted once, and the way back was refused since', [refused('B', 'A'), accepted('B', 'A'), refused('A', 'B')], false],
  ['it was refused again since', [refused('B', 'A'), accepted('B', 'A'), refused('B', 'A')], false],
])('B may not replace A but by a word for just that: %s', (_, facts, may) => {
  expect(permits(after(...facts), refused('B', 'A'))).toBe(may)
})

test.each<[string, string[], string[], boolean]>([
  ['harms nobody', [], [], true],
  ['harms just those', ['rm-1', 'rm-2'], ['rm-2', 'rm-1'], true],
  ['harms fewer than those', ['rm-1'], ['rm-1', 'rm-2'], true],
  ['harms one more', ['rm-1', 'rm-3'], ['rm-1', 'rm-2'], false],
  ['harms one where none was named', ['rm-1'], [], false],
])('a word for a bundle counts only for the instances that it names: it %s', (_, harmed, named, may) => {
  expect(permits(after(refused('B', 'A', ...named), accepted('B', 'A', ...named)), refused('B', 'A', ...harmed))).toBe(may)
})

describe('a refusal waits', () => {
  const state = after(refused('B', 'A'))
  const when = (version: string, checkedAt: string) => waiting(state, { version, checkedAt })?.version
  test('while the same bundle is published, and its source was not seen to hold it since', () => {
    expect(when('A', '2026-11-09T18:29:59.999Z')).toBe('B')
    expect(when('A', at)).toBeUndefined()
  })
  test('no longer once another is published, or where none is', () => {
    expect(when('B', '2026-11-09T18:00:00Z')).toBeUndefined()
    expect(waiting(state, undefined)).toBeUndefined()
    expect(waiting(noBundleWaits, { version: 'A', checkedAt: at })).toBeUndefined()
  })
})
