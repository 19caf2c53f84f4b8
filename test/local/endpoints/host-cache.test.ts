import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Issued } from '../../../local/ca/authority.ts'
import { needs } from '../../oracle.ts'
import { authorityNow, endpoints, issueFor } from './issuing.ts'
import { startMariadbd } from './mariadbd.ts'
import { type Outcome, type Visit, visit } from './mysql-visits.ts'

const limit = 3
const running = endpoints()
let issued: Issued

beforeAll(async () => {
  issued = await issueFor(await authorityNow(), 'localhost')
})
afterAll(() => running.close())

/** Each from an address of its own: what one does must not count against another. */
const stories: { title: string; visits: [Visit, Outcome][] }[] = [
  {
    title: 'clients that leave after the greeting block their address at the limit, and then a good login is refused too',
    visits: [
      ['leave', 'greeted'],
      ['leave', 'greeted'],
      ['leave', 'greeted'],
      ['leave', 'blocked'],
      ['login', 'blocked'],
      ['denied', 'blocked'],
    ],
  },
  {
    title: 'clients that leave after TLS count like those that leave before it',
    visits: [
      ['leave-after-tls', 'greeted'],
      ['leave', 'greeted'],
      ['leave-after-tls', 'greeted'],
      ['leave-after-tls', 'blocked'],
    ],
  },
  {
    title: 'clients that do not trust the certificate count',
    visits: [
      ['distrust', 'greeted'],
      ['distrust', 'greeted'],
      ['distrust', 'greeted'],
      ['login', 'blocked'],
    ],
  },
  {
    title: 'clients that send rubbish count',
    visits: [
      ['rubbish', 'rejected'],
      ['rubbish', 'rejected'],
      ['rubbish', 'rejected'],
      ['login', 'blocked'],
    ],
  },
  {
    title: 'a refused login never counts',
    visits: [
      ['denied', 'denied'],
      ['denied', 'denied'],
      ['denied', 'denied'],
      ['denied', 'denied'],
      ['login', 'in'],
    ],
  },
  {
    title: 'a refused login does not clear the count',
    visits: [
      ['leave', 'greeted'],
      ['leave', 'greeted'],
      ['denied', 'denied'],
      ['leave', 'greeted'],
      ['login', 'blocked'],
    ],
  },
  {
    title: 'a login clears the count',
    visits: [
      ['leave', 'greeted'],
      ['leave', 'greeted'],
      ['login', 'in'],
      ['leave', 'greeted'],
      ['leave', 'greeted'],
      ['leave', 'greeted'],
      ['leave', 'blocked'],
    ],
  },
]

async function tell(port: number, from: string, visits: readonly [Visit, Outcome][]): Promise<[Visit, Outcome][]> {
  const told: [Visit, Outcome][] = []
  for (const [how] of visits) {
    told.push([how, await visit(port, from, how)])
    // Who distrusts hangs up without waiting: visits of a bystander pass the time until the server has noticed.
    for (let more = how === 'distrust' ? 5 : 0; more > 0; more -= 1) await visit(port, '127.0.4.1', 'denied')
  }
  return told
}

describe('max_connect_errors of the MySQL endpoint', () => {
  test.each(stories.map((story, index) => ({ ...story, from: `127.0.1.${index + 1}` })))('$title', async ({ visits, from }) => {
    const { port } = await running.start({ engine: 'MySQL', version: '5.7.44', certificate: async () => issued, maxConnectErrors: limit })
    expect(await tell(port, from, visits)).toEqual(visits)
    expect(await visit(port, '127.0.1.99', 'login')).toBe('in')
  })

  test('is 100 unless told', async () => {
    const { port } = await running.start({ engine: 'MySQL', certificate: async () => issued })
    for (let count = 1; count <= 100; count += 1) expect(await visit(port, '127.0.1.1', 'leave')).toBe('greeted')
    expect(await visit(port, '127.0.1.1', 'leave')).toBe('blocked')
  })

  test('a restart unblocks', async () => {
    const { port, cut } = await running.start({ engine: 'MySQL', certificate: async () => issued, maxConnectErrors: 1 })
    expect([await visit(port, '127.0.1.1', 'leave'), await visit(port, '127.0.1.1', 'login')]).toEqual(['greeted', 'blocked'])
    cut()
    expect(await visit(port, '127.0.1.1', 'denied')).toBe('denied')
  })
})

describe.skipIf(!needs('mariadbd') || !needs('mariadb-install-db'))('a real MariaDB server behaves the same', () => {
  let server: { port: number; close(): Promise<void> } | undefined
  beforeAll(async () => {
    server = await startMariadbd(issued, limit)
  })
  afterAll(() => server?.close())

  test.each(stories.map((story, index) => ({ ...story, from: `127.0.3.${index + 1}` })))('$title', async ({ visits, from }) => {
    expect(await tell(server?.port ?? 0, from, visits)).toEqual(visits)
  })
})
