import { expect, test } from 'vitest'
import { refusalCounts, refusalPasses, restarts, updateValue } from '../../shared/domain/engine.ts'
import { isEngine } from '../../shared/domain/instance.ts'

test.each([
  ['SQLServer', '2019_std_ha', true, 2],
  ['MySQL', '5.6', true, 1],
  ['MySQL', '5.7', true, 1],
  ['MySQL', '8.0', false, 1],
  ['MySQL', '8.4', false, 1],
  ['PostgreSQL', '8.0', true, 1],
  ['PostgreSQL', '15.0', true, 1],
] as const)('an update of %s %s restarts it: %s; it carries %i', (engine, version, away, value) => {
  expect(restarts(engine, version)).toBe(away)
  expect(updateValue(engine)).toBe(value)
})

test.each(['MariaDB', 'mysql', 'PPAS', '', 'constructor'])('%j is no engine that can be renewed', name =>
  expect(isEngine(name)).toBe(false),
)

test.each([
  ['Throttling', true],
  ['Throttling.User', true],
  ['ServiceUnavailable', true],
  ['ConcurrentLimit', true],
  ['IncorrectDBInstanceState', true],
  ['OperationDenied.DBInstanceStatus', true],
  ['NotConnected', true],
  ['TooLate', true],
  ['RateExhausted', true],
  ['Forbidden.RAM', false],
  ['OperationDenied.DBInstanceType', false],
  ['InvalidSSLStatus', false],
  ['OrderStatus.UnPaid', false],
  ['Endpoint.NotFound', false],
])('the refusal %s passes by itself: %s', (code, passes) => expect(refusalPasses(code)).toBe(passes))

test.each(['ServiceUnavailable', 'ConcurrentLimit', 'IncorrectDBInstanceState', 'OperationDenied.DBInstanceStatus'])(
  '%s passes with whatever follows it, and is not found inside another name',
  code => {
    expect(refusalPasses(`${code}.Region`)).toBe(true)
    expect(refusalPasses(`Not${code}`)).toBe(false)
  },
)

test.each(['NotConnected', 'RateExhausted', 'TooLate'])('%s is our own word, and passes as the whole of it', code => {
  expect(refusalPasses(`${code}.Region`)).toBe(false)
  expect(refusalPasses(`Not${code}`)).toBe(false)
})

test.each([
  ['OrderStatus.UnPaid', false],
  ['IncorrectDBInstanceLockMode', false],
  ['IncorrectMinorVersion', false],
  ['IncorrectEngineVersion', false],
  ['InvalidDBInstanceId.NotFound', false],
  ['Forbidden.RAM', true],
  ['Endpoint.NotFound', true],
  ['InvalidSSLStatus', true],
  ['Throttling.User', true],
  ['SomethingNew', true],
])('the refusal %s is a reason to halt everything: %s', (code, counts) => expect(refusalCounts(code)).toBe(counts))
