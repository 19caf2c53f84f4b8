import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { readFault } from '../../local/model/fault-text.ts'
import { behaviourGrammar, readBehaviour } from '../../local/model/rds.ts'

const page = readFileSync(new URL('../../docs/unverified.md', import.meta.url), 'utf8')

test('the page of what only a live account can settle names every switch, and only switches that there are', () => {
  const named = [...page.matchAll(/`--behaviour ([^`]+)`/g)].map(([, text = '']) => text)
  for (const text of named) expect(readBehaviour(text)).toBeTypeOf('object')
  const known = [...behaviourGrammar.matchAll(/(\w+)=/g)].map(([, name = '']) => name)
  expect([...new Set(named.map(text => text.split('=')[0]))].sort()).toEqual(known.sort())
  for (const [, text = ''] of page.matchAll(/`--fault ([^`]+)`/g)) expect(readFault(text, ['rds-tls-notify'])).toBeTypeOf('object')
})
