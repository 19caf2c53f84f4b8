import { readdir } from 'node:fs/promises'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, test } from 'vitest'
import { type Deployment, readDeployment } from '../../deploy/deployment.ts'
import { matches, permits } from '../../deploy/rights.ts'
import type { Role } from '../../deploy/stack.ts'
import { deadLetters, prefix } from '../../shared/flow.ts'
import { type Called, calledBy, type Method } from './called.ts'
import { account, measureMethods, type Request } from './measured.ts'

// What a function may do is compared with what its code does: its own code names methods of its ports, and what each of those asks of a
// service was seen by that service. Neither side is written down twice.

const root = fileURLToPath(new URL('../..', import.meta.url))

let deployment: Deployment
let measured: Map<Method, Request[]>
let steps: Map<string, Called>

beforeAll(async () => {
  deployment = await readDeployment(root, account)
  measured = await measureMethods()
  const files = await readdir(`${root}functions`)
  const names = files.map(file => basename(file, '.ts')).filter(name => name !== 'probe-endpoint')
  steps = new Map(await Promise.all(names.map(async name => [name, await calledBy(name, [...measured.keys()])] as const)))
})

const queue = (name: string): Request => ({
  action: 'mns:SendMessage',
  resource: `acs:mns:cn-hangzhou:${account}:/queues/${name}/messages`,
})
const secrets: Request = { action: 'oss:GetObject', resource: `acs:oss:*:${account}:rds-tls-journal-${account}/secrets.json` }

/** Everything that a step asks of any service. */
function requestsOf({ methods, queues, readsSecrets }: Called): Request[] {
  const plain = [...methods].filter(method => !method.startsWith('queue.')).flatMap(method => measured.get(method) ?? [])
  return [
    ...plain,
    ...(methods.has('queue.send') ? [...queues].map(queue) : []),
    ...(methods.has('queue.bury') ? [queue(deadLetters)] : []),
    ...(readsSecrets ? [secrets] : []),
  ]
}

/** Nothing of what is asked carries SSLEnabled=0. */
const never = () => false

const unpermitted = (role: Role, asked: readonly Request[]): string[] => [
  ...new Set(
    asked.filter(({ action, resource }) => !permits(role, action, resource, never)).map(({ action, resource }) => `${action} ${resource}`),
  ),
]

/** Actions on resources that a role permits and that are never asked for. */
function unused({ statements }: Role, asked: readonly Request[]): string[] {
  const allowed = statements.filter(one => one.Effect === 'Allow')
  return allowed.flatMap(({ Action, Resource }) =>
    Action.flatMap(action =>
      Resource.filter(pattern => !asked.some(one => one.action === action && matches(pattern, one.resource))).map(
        pattern => `${action} ${pattern}`,
      ),
    ),
  )
}

function roleOf(step: string): Role {
  const role = deployment.stack.roles.find(({ name }) => name === `${prefix}${step}`)
  if (role === undefined) throw new Error(`${step} has no role`)
  return role
}

function askedBy(step: string): Request[] {
  const called = steps.get(step)
  if (called === undefined) throw new Error(`there is no functions/${step}.ts`)
  return requestsOf(called)
}

test('what is called of the ports is found in the code: update-validity alone calls Update Validity, and everything writes the journal', () => {
  const callers = (method: Method) => [...steps].filter(([, { methods }]) => methods.has(method)).map(([name]) => name)
  expect(callers('rds.updateValidity')).toEqual(['update-validity'])
  expect(callers('journal.append').sort()).toEqual([...steps.keys()].sort())
})

test('every step may do what its code does', () => {
  const missing = [...steps.keys()].flatMap(step => unpermitted(roleOf(step), askedBy(step)).map(one => `${step}: ${one}`))
  expect(missing).toEqual([])
})

test('no step may do anything that its code never does', () => {
  const more = [...steps.keys()].flatMap(step => unused(roleOf(step), askedBy(step)).map(one => `${step}: ${one}`))
  expect(more).toEqual([])
})

test('no role may switch encryption off, whatever is added to it later', () => {
  const off = `acs:rds:cn-hangzhou:${account}:dbinstance/rm-1`
  const touching = deployment.stack.roles.filter(({ statements }) =>
    statements.some(one => one.Action.some(action => action.startsWith('rds:'))),
  )
  expect(touching.length).toBeGreaterThan(0)
  for (const role of touching) {
    const open = {
      ...role,
      statements: [...role.statements, { Effect: 'Allow', Action: ['rds:ModifyDBInstanceSSL'], Resource: ['*'] } as const],
    }
    const met = (value: string) => (condition: Record<string, Record<string, readonly string[]>>) =>
      condition.StringEquals?.['rds:SSLEnabled']?.includes(value) ?? false
    expect([role.name, permits(open as never, 'rds:ModifyDBInstanceSSL', off, met('0'))]).toEqual([role.name, false])
    expect([role.name, permits(open as never, 'rds:ModifyDBInstanceSSL', off, met('1'))]).toEqual([role.name, true])
  }
})

test('no entry of the journal can be removed, and the secrets are read by those alone who need them', () => {
  const entry = `acs:oss:*:${account}:rds-tls-journal-${account}/journal/plans/p/0001.json`
  const may = (action: string, resource: string) =>
    deployment.stack.roles.filter(role => permits(role, action, resource, never)).map(({ name }) => name.slice(prefix.length))
  expect(may('oss:DeleteObject', entry)).toEqual([])
  const readers = [...steps].filter(([, { readsSecrets }]) => readsSecrets).map(([name]) => name)
  expect(may(secrets.action, secrets.resource).sort()).toEqual(readers.sort())
})

describe('the comparison finds', () => {
  test('a right that is missing', () => {
    const role = roleOf('notify')
    const without = { ...role, statements: role.statements.filter(one => !one.Action.includes('oss:GetBucketVersioning')) }
    expect(unpermitted(without, askedBy('notify'))).toEqual([`oss:GetBucketVersioning acs:oss:*:${account}:rds-tls-journal-${account}`])
  })

  test('a right that is never used', () => {
    const role = roleOf('notify')
    const with_ = { ...role, statements: [...role.statements, { Effect: 'Allow', Action: ['oss:DeleteObject'], Resource: ['*'] }] } as Role
    expect(unused(with_, askedBy('notify'))).toEqual(['oss:DeleteObject *'])
  })

  test('a message that goes to a queue which the role does not name', () => {
    const role = roleOf('answer-approval')
    const asked = [...askedBy('answer-approval'), queue('rds-tls-publish-bundle')]
    expect(unpermitted(role, asked)).toEqual([`mns:SendMessage ${queue('rds-tls-publish-bundle').resource}`])
  })
})

test.each([
  ['acs:oss:*:1:b/journal/*', 'acs:oss:*:1:b/journal/plans/p', true],
  ['acs:oss:*:1:b/journal/*', 'acs:oss:*:1:b/open/x', false],
  ['acs:oss:*:1:b', 'acs:oss:*:1:b/journal/x', false],
  ['acs:rds:*:1:dbinstance/*', 'acs:rds:cn-x:1:dbinstance/rm-1', true],
  ['acs:rds:*:1:dbinstance/*', 'acs:rds:cn-x:2:dbinstance/rm-1', false],
  ['a.c', 'abc', false],
])('%s and %s: %s', (pattern, resource, does) => expect(matches(pattern, resource)).toBe(does))
