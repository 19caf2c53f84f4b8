import { expect, test } from 'vitest'
import { unhurried } from '../oracle.ts'
import { smallDay } from './small-cloud.ts'

/** docs/unverified.md: what the embedded cloud usually decides one way is decided the other way here. */
const theOtherWay = {
  caTypeRequired: true,
  omissionResets: false,
  updateRemovesTask: true,
  sslReadableMeanwhile: false,
  historyListsSsl: false,
  statusMeanwhile: 'CONFIG_SWITCHING',
} as const

test.skipIf(!unhurried('a day with every doubt decided the other way'))(
  'a day ends well with every doubt about the service decided the other way',
  { timeout: 180_000 },
  async () => {
    const only = ['mysql57-dev-due', 'sqlserver-dev-due', 'postgres-due']
    const { findings, told } = await smallDay({ only, behaviour: theOtherWay, approveAll: true, patience: 150_000 })
    expect(findings).toEqual([])
    expect(told.filter(line => line.endsWith('proof: Proven'))).toHaveLength(3)
  },
)
