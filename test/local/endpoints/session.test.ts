import { connect, createServer, type Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { connect as connectTls } from 'node:tls'
import { createConnection } from 'mysql2/promise'
import { Client } from 'pg'
import { Connection, Request } from 'tedious'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Authority, Issued } from '../../../local/ca/authority.ts'
import type { Engine } from '../../../local/endpoints/endpoint.ts'
import { connectMysql2, connectPg, connectTedious, type Driver } from '../../drivers.ts'
import { authorityNow, endpoints, issueFor } from './issuing.ts'

const host = 'rm-2ze8a1b2c3d4e5f6g.rds.aliyuncs.com'
const running = endpoints()
let authority: Authority
let issued: Issued
let state: 'running' | 'restarting' = 'running'
beforeAll(async () => {
  authority = await authorityNow()
  issued = await issueFor(authority, host)
})
afterAll(() => running.close())
const start = (engine: Engine, version?: string) => {
  state = 'running'
  return running.start({ engine, certificate: async () => issued, state: () => state, ...(version ? { version } : {}) })
}

describe('MySQL', () => {
  const login = async (version?: string, password = 'secret') => {
    const { port } = await start('MySQL', version)
    const stream = () => connect(port, '127.0.0.1')
    return createConnection({ host, user: 'app', password, stream, ssl: { ca: authority.trustPem(), verifyIdentity: true } })
  }

  test.each(['5.7.44', '8.0.36'])('a %s answers queries, pings and settings, with a password and without', async version => {
    for (const password of ['secret', '']) {
      const connection = await login(version, password)
      await connection.ping()
      await connection.query('SET NAMES utf8mb4')
      const [rows] = await connection.query("select -5 as number, 'text' as word, version() as version")
      expect(rows).toEqual([{ number: -5, word: 'text', version }])
      await connection.end()
    }
  })

  test('what it cannot answer is an error, after which the session goes on', async () => {
    const connection = await login()
    await expect(connection.query('select * from users')).rejects.toMatchObject({ code: 'ER_NOT_SUPPORTED_YET', sqlState: '42000' })
    await expect(connection.execute('select 1')).rejects.toMatchObject({ code: 'ER_UNSUPPORTED_PS' })
    expect((await connection.query('select 2 as two'))[0]).toEqual([{ two: 2 }])
    await connection.end()
  })

  test('a restart ends the session at its next query', async () => {
    const connection = await login()
    connection.on('error', () => {})
    state = 'restarting'
    await expect(connection.query('select 1')).rejects.toThrow()
  })

  test('a ClientHello that arrives together with the request for TLS is not lost', async () => {
    const { port } = await start('MySQL')
    const socket = connect(port, '127.0.0.1')
    await new Promise(resolve => socket.once('data', resolve))
    let request = Buffer.from(`20000001${'0daa2800'}00000001${'21'}${'00'.repeat(23)}`, 'hex')
    const together = new Duplex({
      read() {},
      write(chunk, _encoding, done) {
        socket.write(Buffer.concat([request, chunk]), () => done())
        request = Buffer.alloc(0)
      },
    })
    socket.on('data', chunk => together.push(chunk))
    const secured = connectTls({ socket: together, ca: authority.trustPem(), servername: host })
    await new Promise((resolve, reject) => secured.once('secureConnect', resolve).once('error', reject))
    socket.destroy()
  })
})

describe('PostgreSQL', () => {
  const login = async () => {
    const { port } = await start('PostgreSQL')
    const client = new Client({
      host: '127.0.0.1',
      port,
      user: 'app',
      password: 'x',
      database: 'app',
      ssl: { ca: authority.trustPem(), servername: host },
    })
    client.on('error', () => {})
    await client.connect()
    return client
  }

  test('answers simple, extended and named queries, in text and in binary', async () => {
    const client = await login()
    await client.query('SET search_path TO app')
    expect((await client.query("select 1, 'text' as word, version()")).rows).toEqual([{ '?column?': '15.5', word: 'text' }])
    const named = (name: string, text: string) => client.query({ name, text, values: [] })
    expect((await named('one', 'select 1 as n')).rows).toEqual([{ n: 1 }])
    expect((await named('two', 'select 2 as n')).rows).toEqual([{ n: 2 }])
    expect((await named('one', 'select 1 as n')).rows).toEqual([{ n: 1 }])
    const binary = { text: 'select -3 as n', values: [], binary: true }
    expect((await client.query(binary)).rows).toEqual([{ n: -3 }])
    expect((await client.query('')).rows).toEqual([])
    await client.end()
  })

  test('what it cannot answer is an error, after which the session goes on', async () => {
    const client = await login()
    await expect(client.query('select * from users')).rejects.toMatchObject({ code: '0A000', severity: 'ERROR' })
    await expect(client.query({ text: 'select * from users', name: 'users' })).rejects.toMatchObject({ code: '0A000' })
    expect((await client.query('select 2 as two')).rows).toEqual([{ two: 2 }])
    await client.end()
  })

  test('a restart ends the session at its next query', async () => {
    const client = await login()
    state = 'restarting'
    await expect(client.query('select 1')).rejects.toThrow()
  })
})

/** The descriptor that tedious sends with its next request: zero outside of transactions. */
function transaction(connection: Connection): bigint {
  const descriptors: Buffer[] = Reflect.get(connection, 'transactionDescriptors')
  return descriptors.at(-1)?.readBigUInt64LE() ?? -1n
}

describe('SQL Server', () => {
  const login = async () => {
    const { port } = await start('SQLServer')
    const connector = async () => connect(port, '127.0.0.1')
    const connection = new Connection({
      server: host,
      authentication: { type: 'default', options: { userName: 'app', password: 'x' } },
      options: { encrypt: true, trustServerCertificate: false, cryptoCredentialsDetails: { ca: authority.trustPem() }, connector },
    })
    connection.on('error', () => {})
    await new Promise<void>((resolve, reject) => connection.connect(error => (error ? reject(error) : resolve())))
    const query = (kind: 'execSql' | 'execSqlBatch', sql: string) =>
      new Promise<unknown[]>((resolve, reject) => {
        const values: unknown[] = []
        const request = new Request(sql, error => (error ? reject(error) : resolve(values)))
        request.on('row', (columns: { value: unknown }[]) => values.push(...columns.map(column => column.value)))
        connection[kind](request)
      })
    return { connection, query }
  }

  test.each(['execSql', 'execSqlBatch'] as const)('answers %s', async kind => {
    const { connection, query } = await login()
    expect(await query(kind, "select -5 as number, 'text' as word")).toEqual([-5, 'text'])
    expect(await query(kind, 'set nocount on')).toEqual([])
    expect(await query(kind, `select 1 /* ${'long '.repeat(2000)} */`)).toEqual([1])
    connection.close()
  })

  test.each(['execSql', 'execSqlBatch'] as const)(
    'what it cannot answer to %s is an error, after which the session goes on',
    async kind => {
      const { connection, query } = await login()
      await expect(query(kind, 'select * from users')).rejects.toMatchObject({ code: 'EREQUEST', number: 40510 })
      expect(await query(kind, 'select 2')).toEqual([2])
      connection.close()
    },
  )

  test.each(['commitTransaction', 'rollbackTransaction'] as const)('a transaction begins, and ends by %s, around a query', async end => {
    const { connection, query } = await login()
    const told = (call: (done: (error?: Error | null) => void) => void) =>
      new Promise<void>((resolve, reject) => call(error => (error ? reject(error) : resolve())))
    await told(done => connection.beginTransaction(done))
    expect(transaction(connection)).toBeGreaterThan(0n)
    expect(await query('execSqlBatch', 'select 4')).toEqual([4])
    await told(done => connection[end](done))
    expect(transaction(connection)).toBe(0n)
    connection.close()
  })

  test('a cancelled request is confirmed', async () => {
    const { connection, query } = await login()
    const cancelled = query('execSqlBatch', 'select 1')
    connection.cancel()
    await expect(cancelled).rejects.toMatchObject({ code: 'ECANCEL' })
    expect(await query('execSqlBatch', 'select 3')).toEqual([3])
    connection.close()
  })

  test('a restart ends the session at its next query', async () => {
    const { query } = await login()
    state = 'restarting'
    await expect(query('execSqlBatch', 'select 1')).rejects.toThrow()
  })
})

describe('a network that delivers byte by byte', () => {
  const drivers: { engine: Engine; driver: Driver }[] = [
    { engine: 'SQLServer', driver: connectTedious },
    { engine: 'MySQL', driver: connectMysql2 },
    { engine: 'PostgreSQL', driver: connectPg },
  ]

  test.each(drivers)('is enough for a verified login to $engine', async ({ engine, driver }) => {
    const endpoint = await start(engine)
    const open = new Set<Socket>()
    const slow = createServer({ noDelay: true }, near => {
      const far = connect({ port: endpoint.port, host: '127.0.0.1', noDelay: true })
      for (const [from, to] of [[near, far] as const, [far, near] as const]) {
        open.add(from)
        from.on('data', (chunk: Buffer) => {
          for (const byte of chunk) to.write(Buffer.from([byte]))
        })
        from.on('end', () => to.end())
        from.on('error', () => to.destroy())
      }
    })
    await new Promise<void>(resolve => slow.listen(0, '127.0.0.1', resolve))
    const address = slow.address()
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0
    expect(await driver(host, port, authority.trustPem())).toMatchObject({ ok: true })
    for (const socket of open) socket.destroy()
    await new Promise(resolve => slow.close(resolve))
  })
})
