import type { Socket } from 'node:net'
import * as fc from 'fast-check'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { failureOf, type ProbeFailure } from '../../shared/handshake/failure.ts'
import { type Engine, shake, type Target } from '../../shared/handshake/handshake.ts'
import { type Made, makeHierarchy } from './authority.ts'
import * as servers from './servers.ts'

const running: servers.Serving[] = []
let leaf: Made
beforeAll(async () => {
  ;({ leaf } = await makeHierarchy())
})
afterEach(async () => {
  await Promise.all(running.splice(0).map(serving => serving.close()))
})

const engines = ['SQLServer', 'MySQL', 'PostgreSQL'] as const

/** Short where the server is to outwait us, else far beyond what a healthy run needs. */
const short = 150

async function failure(engine: Engine, starting: Promise<servers.Serving>, timeoutMs = 10_000): Promise<ProbeFailure> {
  const serving = await starting
  running.push(serving)
  return failureAt({ engine, host: 'db.test', port: serving.port, address: { ip: '127.0.0.1' }, timeoutMs })
}

async function failureAt(target: Target): Promise<ProbeFailure> {
  const seen = await shake(target)
  if (seen.reached) throw new Error('a certificate was seen')
  return seen.failure
}

/** Speaks first, or answers the first bytes: what `words` are, and then what `then` does. */
function says(words: Buffer | string, then: (socket: Socket) => void = socket => socket.end()): Promise<servers.Serving> {
  return servers.listen(socket => {
    socket.resume().write(words)
    then(socket)
  })
}

/** Agrees to TLS in the engine's own way, then leaves the socket to `then`. */
function agrees(engine: Engine, then: (socket: Socket) => void): Promise<servers.Serving> {
  return servers.listen(async socket => {
    if (engine === 'MySQL') socket.write(servers.mysqlGreeting())
    await servers.bytes(socket, engine === 'PostgreSQL' ? 8 : engine === 'MySQL' ? 36 : 26)
    if (engine === 'PostgreSQL') socket.write('S')
    if (engine === 'SQLServer') socket.write(servers.tdsPrelogin(3))
    await servers.bytes(socket, 1) // the ClientHello begins
    then(socket.resume())
  })
}

const nothing = () => {}

/** Writes as fast as the other side takes it. */
function flood(socket: Socket, words: Buffer): void {
  const more = () => {
    while (!socket.destroyed && socket.write(words)) {}
  }
  socket.on('drain', more)
  more()
}

describe.each(engines)('%s', engine => {
  test('at a closed port is refused', async () => {
    const target: Target = { engine, host: '127.0.0.1', port: await servers.closedPort(), timeoutMs: 10_000 }
    expect(await failureAt(target)).toMatchObject({
      code: 'ConnectionRefused',
      sentence: `127.0.0.1:${target.port} refuses connections: nothing listens there.`,
    })
  })

  test('that never speaks is given up at the deadline', async () => {
    expect(await failure(engine, servers.listen(nothing), short)).toMatchObject({ code: 'TimedOut', phase: 'greeting' })
  })

  test('that stops within its first header is given up at the deadline, and does not keep the process busy', async () => {
    const first = { SQLServer: servers.tdsPrelogin(3), MySQL: servers.mysqlGreeting(), PostgreSQL: Buffer.from('E\0\0') }[engine]
    let ticks = 0
    const ticking = setInterval(() => {
      ticks += 1
    }, 5)
    expect(await failure(engine, says(first.subarray(0, 3), nothing), short)).toMatchObject({ code: 'TimedOut', phase: 'greeting' })
    clearInterval(ticking)
    expect(ticks).toBeGreaterThan(3)
  })

  test.each([
    ['closes', (socket: Socket) => socket.end()],
    ['resets', (socket: Socket) => socket.resetAndDestroy()],
  ])('that %s at once looks like an allowlist', async (_, leave) => {
    const seen = await failure(
      engine,
      servers.listen(socket => void leave(socket.resume())),
    )
    expect(seen).toMatchObject({ code: 'HostNotAllowed', said: null, mend: expect.stringContaining('allowlist') })
  })

  test('that hangs up within its greeting has hung up', async () => {
    const first = { SQLServer: servers.tdsPrelogin(3), MySQL: servers.mysqlGreeting(), PostgreSQL: Buffer.from('E\0\0\0') }[engine]
    expect(await failure(engine, says(first.subarray(0, -1)))).toMatchObject({ code: 'HungUp', phase: 'greeting' })
  })

  test('that hangs up in the middle of the TLS handshake has hung up', async () => {
    for (const leave of [(socket: Socket) => socket.end(), (socket: Socket) => socket.resetAndDestroy()]) {
      expect(await failure(engine, agrees(engine, leave))).toMatchObject({ code: 'HungUp', phase: 'tls' })
    }
  })

  test('that falls silent in the middle of the TLS handshake is given up at the deadline', async () => {
    expect(await failure(engine, agrees(engine, nothing), short)).toMatchObject({ code: 'TimedOut', phase: 'tls' })
  })

  test('that answers the ClientHello with rubbish fails TLS, with OpenSSL’s code', async () => {
    const rubbish = Buffer.alloc(4000, 'A')
    const sent = engine === 'SQLServer' ? servers.tdsPacket(0x12, rubbish) : rubbish
    const seen = await failure(
      engine,
      agrees(engine, socket => socket.write(sent)),
    )
    expect(seen).toMatchObject({ code: 'TlsFailed', openssl: 'ERR_SSL_WRONG_VERSION_NUMBER' })
  })

  test('that floods is left, whatever it floods with', async () => {
    for (const words of [Buffer.alloc(65_536, 'A'), Buffer.alloc(65_536), Buffer.alloc(65_536, 'S'), Buffer.alloc(65_536, 0x12)]) {
      expect(
        (
          await failure(
            engine,
            servers.listen(socket => flood(socket.resume(), words)),
          )
        ).code,
      ).toBe('NotThisProtocol')
    }
    const records = Buffer.alloc(65_536, Buffer.from([0x16, 3, 3, 0, 4, 0, 0, 0, 0])) // HelloRequests, over and over
    const sent = engine === 'SQLServer' ? servers.tdsPacket(0x12, records.subarray(0, 32_000)) : records
    expect(
      (
        await failure(
          engine,
          agrees(engine, socket => flood(socket, sent)),
          1000,
        )
      ).code,
    ).toMatch(/^(TlsFailed|TimedOut)$/)
  })

  test.each([
    ['SSH', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['TLS', Buffer.from('15030300020228', 'hex')],
    ['HTTP', 'HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n'],
  ])('is not mistaken for %s', async (looksLike, words) => {
    const seen = await failure(engine, says(words))
    expect(seen).toMatchObject({ code: 'NotThisProtocol', looksLike, sentence: expect.stringContaining(`looks like ${looksLike}`) })
  })

  test('may send any bytes at all: the probe ends, and says so in printable words', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), fc.boolean(), async (words, speaksFirst) => {
        const serving = await servers.listen(socket => {
          if (speaksFirst) socket.resume().end(words)
          else socket.once('data', () => socket.end(words))
        })
        const seen = await shake({ engine, host: 'db.test', port: serving.port, address: { ip: '127.0.0.1' }, timeoutMs: 80 })
        await serving.close()
        expect(seen.reached).toBe(false)
        if (!seen.reached) expect(JSON.stringify(seen.failure)).toMatch(/^[^\p{Cc}\p{Cf}]+$/u)
      }),
      { numRuns: 30, seed: 20260601 },
    )
  })
})

describe('PostgreSQL', () => {
  const error = (fields: string) => {
    const body = Buffer.from(`${fields}\0`)
    const head = Buffer.from([0x45, 0, 0, 0, 0])
    head.writeUInt32BE(body.length + 4, 1)
    return Buffer.concat([head, body])
  }

  test('without TLS says N', async () => {
    expect((await failure('PostgreSQL', says('N'))).code).toBe('NoTlsOffered')
  })

  test('that refuses the address by name is an allowlist, in the server’s own words', async () => {
    const seen = await failure('PostgreSQL', says(error('SFATAL\0C28000\0Mno pg_hba.conf entry for host "10.0.0.9"\0')))
    expect(seen).toMatchObject({ code: 'HostNotAllowed', said: 'no pg_hba.conf entry for host "10.0.0.9"' })
  })

  test('that refuses for another reason is told with its SQLSTATE', async () => {
    const seen = await failure('PostgreSQL', says(error('SFATAL\0C53300\0Msorry, too many clients already\0')))
    expect(seen).toMatchObject({ code: 'ServerRefused', serverCode: '53300', said: 'sorry, too many clients already' })
  })

  test.each([
    ['an error of 2 GB', Buffer.from('457fffffff5346', 'hex')],
    ['an error shorter than its own length', Buffer.from('4500000003', 'hex')],
    ['bytes behind its S, which a man in the middle would plant', Buffer.from('SX')],
    ['bytes behind its N', Buffer.from('NO')],
    ['another letter', Buffer.from('X')],
  ])('does not send %s', async (_, words) => {
    expect((await failure('PostgreSQL', says(words, nothing), 1000)).code).toBe('NotThisProtocol')
  })
})

describe('MySQL', () => {
  test.each([
    [1130, "Host '10.0.0.9' is not allowed to connect to this MySQL server", 'HostNotAllowed'],
    [1129, "Host '10.0.0.9' is blocked because of many connection errors", 'HostBlocked'],
    [1040, 'Too many connections', 'ServerRefused'],
  ])('that answers with error %i instead of a greeting is told in its own words', async (code, words, expected) => {
    for (const said of [words, `#08004${words}`]) {
      expect(await failure('MySQL', says(servers.mysqlError(0, code, said)))).toMatchObject({ code: expected, said: words })
    }
  })

  test('cannot paint a terminal or break a line with its words', async () => {
    const seen = await failure('MySQL', says(servers.mysqlError(0, 1040, `\x1b[31mred\r\n\u202e${'x'.repeat(600)}`)))
    expect(seen).toMatchObject({ said: `[31mred ${'x'.repeat(192)}` })
  })

  test('without TLS still gets the login that it refuses: a bare hang-up would count against the host', async () => {
    const received: string[] = []
    const serving = servers.listen(async socket => {
      socket.write(servers.mysqlGreeting(0xffff_ffff & ~0x800))
      const header = await servers.bytes(socket, 4)
      received.push((await servers.bytes(socket, header.readUIntLE(0, 3))).toString('latin1').slice(32))
      socket.end(servers.mysqlError(2, 1045, servers.accessDenied))
    })
    expect((await failure('MySQL', serving)).code).toBe('NoTlsOffered')
    expect(received).toEqual(['rds-tls-probe\0\0mysql_native_password\0'])
  })

  const greeting = servers.mysqlGreeting()
  test.each([
    ['a greeting of 16 MB', Buffer.from('ffffff000a', 'hex')],
    ['a greeting of one byte', Buffer.from('010000000a', 'hex')],
    ['a greeting that is not its first packet', Buffer.concat([greeting.subarray(0, 3), Buffer.from([1]), greeting.subarray(4)])],
    ['a greeting without end of its version', servers.mysqlPacket(0, Buffer.alloc(60, 'x').fill(10, 0, 1))],
    ['a greeting without capabilities', servers.mysqlPacket(0, Buffer.from('\x0a8.0\0abcd12345678\0x'))],
    ['protocol 9', Buffer.concat([greeting.subarray(0, 4), Buffer.from([9]), greeting.subarray(5)])],
    ['bytes behind its greeting', Buffer.concat([greeting, Buffer.from('x')])],
  ])('does not send %s', async (_, words) => {
    expect((await failure('MySQL', says(words, nothing), 1000)).code).toBe('NotThisProtocol')
  })
})

describe('SQL Server', () => {
  test('that does not support encryption offers no TLS', async () => {
    expect((await failure('SQLServer', says(servers.tdsPrelogin(2)))).code).toBe('NoTlsOffered')
  })

  test.each([
    ['a packet of 64 KB', Buffer.from('0401ffff00000100', 'hex')],
    ['a packet shorter than its header', Buffer.from('0401000700000100', 'hex')],
    ['an empty packet', Buffer.from('0401000800000100', 'hex')],
    ['a packet of another type', servers.tdsPacket(0x11, Buffer.from([0xff]))],
    ['an answer without ENCRYPTION', servers.tdsPacket(4, Buffer.from([0, 0, 6, 0, 6, 0xff, 16, 0, 0, 0, 0, 0]))],
    ['ENCRYPTION beyond the packet', servers.tdsPacket(4, Buffer.from([1, 0xff, 0xff, 0, 1, 0xff]))],
    ['ENCRYPTION of a value that none knows', servers.tdsPrelogin(9)],
    ['options without end', servers.tdsPacket(4, Buffer.alloc(4000))],
  ])('does not send %s', async (_, words) => {
    expect((await failure('SQLServer', says(words, nothing), 1000)).code).toBe('NotThisProtocol')
  })

  test('may say by a bare alert that it gives up the handshake', async () => {
    const handshakeFailure = Buffer.from('15030300020228', 'hex')
    const seen = await failure(
      'SQLServer',
      agrees('SQLServer', socket => socket.end(handshakeFailure)),
    )
    expect(seen).toMatchObject({ code: 'TlsFailed', openssl: 'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE' })
  })

  test('may not keep the handshake waiting with empty packets', async () => {
    const empty = Buffer.from('1201000800000100', 'hex')
    expect(
      (
        await failure(
          'SQLServer',
          agrees('SQLServer', socket => socket.write(empty)),
        )
      ).code,
    ).toBe('NotThisProtocol')
  })

  test('may not leave the packets in the middle of the handshake', async () => {
    expect(
      (
        await failure(
          'SQLServer',
          agrees('SQLServer', socket => socket.write(Buffer.alloc(100, 0x16))),
        )
      ).code,
    ).toBe('NotThisProtocol')
  })
})

describe('a server that is too old', () => {
  test.each<[Engine, (chain: Made[], seen: servers.Seen, terms: object) => Promise<servers.Serving>]>([
    ['SQLServer', servers.tds],
    ['MySQL', servers.mysql],
    ['PostgreSQL', servers.postgres],
  ])('for the trusted handshake fails TLS (%s)', async (engine, serve) => {
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' }
    expect(await failure(engine, serve([leaf], servers.nothingSeen(), old))).toMatchObject({
      code: 'TlsFailed',
      openssl: expect.stringContaining('PROTOCOL'),
    })
  })
})

test.each([
  ['ENOTFOUND', 'NameNotFound'],
  ['EAI_AGAIN', 'NameServerFailed'],
  ['EHOSTUNREACH', 'Unreachable'],
  ['ENETUNREACH', 'Unreachable'],
  ['ETIMEDOUT', 'TimedOut'],
  ['ECONNREFUSED', 'ConnectionRefused'],
  ['EMFILE', 'Unreachable'],
])('the system’s %s is %s', (code, expected) => {
  const target: Target = { engine: 'MySQL', host: 'db.test', port: 3306, timeoutMs: 1000 }
  expect(failureOf(Object.assign(new Error('x'), { code }), target, 'connect').code).toBe(expected)
})
