import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { readZip, writeZip } from '../../shared/formats/zip.ts'
import { needs } from '../oracle.ts'
import { expectFault, faultOf } from './expected.ts'

const folder = mkdtempSync(join(tmpdir(), 'zip-'))
afterAll(() => rmSync(folder, { recursive: true }))

const text = (name: string, content: string) => ({ name, data: Buffer.from(content) })
const sample = [text('a/one.txt', 'one '.repeat(100)), text('two.txt', 'two'), text('empty', '')]

describe('laws', () => {
  const name = fc.stringMatching(/^[a-z]{1,8}(\/[a-z0-9_ é中]{1,8}){0,2}$/)
  const members = fc.uniqueArray(fc.record({ name, data: fc.uint8Array({ maxLength: 2000 }).map(bytes => Buffer.from(bytes)) }), {
    selector: member => member.name,
    maxLength: 6,
  })

  test.each(['stored', 'deflated'] as const)('reading inverts writing, %s', async method => {
    await fc.assert(
      fc.asyncProperty(members, async list => {
        expect(await readZip(writeZip(list, method))).toEqual(list)
      }),
      { numRuns: 60 },
    )
  })

  test('whatever bytes change in an archive, it is read or refused with a code', async () => {
    const bytes = writeZip(sample)
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })), { minLength: 1, maxLength: 4 }), async changes => {
        const changed = Buffer.from(bytes)
        for (const [where, mask] of changes) changed.writeUInt8(changed.readUInt8(where % changed.length) ^ mask, where % changed.length)
        try {
          expect((await readZip(changed)).length).toBeLessThanOrEqual(sample.length)
        } catch (error) {
          expect(error).toMatchObject({ name: 'FormatError', code: expect.stringMatching(/^Zip/) })
        }
      }),
      { numRuns: 1500 },
    )
  })
})

test('the same members give the same bytes, without a time in them', () => {
  expect(writeZip(sample).equals(writeZip(sample))).toBe(true)
})

test('a stored archive of one member is laid out as APPNOTE says', () => {
  const shared = '1400 0008 0000 0000 2100 ac2a93d8 02000000 02000000 0100 0000'
  const local = `504b0304 ${shared} 61 6869`
  const directory = `504b0102 1400 ${shared} 0000 0000 0000 00000000 00000000 61`
  const end = '504b0506 0000 0000 0100 0100 2f000000 21000000 0000'
  expect(crc32('hi').toString(16)).toBe('d8932aac')
  const expected = `${local} ${directory} ${end}`.replaceAll(' ', '')
  expect(writeZip([text('a', 'hi')], 'stored').toString('hex')).toBe(expected)
})

describe.skipIf(!needs('jar'))('beside jar', () => {
  test('it unpacks what is written', () => {
    const archive = join(folder, 'ours.zip')
    writeFileSync(archive, writeZip(sample))
    execFileSync('jar', ['xf', archive], { cwd: folder })
    for (const { name, data } of sample) expect(readFileSync(join(folder, name)).equals(data)).toBe(true)
  })

  test('what it packs, with folders and data descriptors, is read', async () => {
    const [source, archive] = [join(folder, 'source'), join(folder, 'theirs.zip')]
    mkdirSync(join(source, 'a'), { recursive: true })
    for (const { name, data } of sample) writeFileSync(join(source, name), data)
    execFileSync('jar', ['cMf', archive, '-C', source, '.'])
    const byName = (one: { name: string }, other: { name: string }) => (one.name < other.name ? -1 : 1)
    expect((await readZip(readFileSync(archive))).sort(byName)).toEqual([...sample].sort(byName))
  })
})

describe('a hostile archive', () => {
  /** Replaces a text wherever it stands, local header and directory alike. */
  const renamed = (bytes: Buffer, from: string, to: string) => {
    expect(to.length).toBe(from.length)
    return Buffer.from(bytes.toString('latin1').replaceAll(from, to), 'latin1')
  }
  /** Overwrites a field of the first entry of the directory (APPNOTE 4.3.12). */
  const directory = (bytes: Buffer, at: number, hex: string) => {
    const changed = Buffer.from(bytes)
    changed.write(hex, changed.indexOf('504b0102', 'hex') + at, 'hex')
    return changed
  }
  const one = (content: string, method: 'stored' | 'deflated' = 'deflated') => writeZip([text('member', content)], method)

  test.each([
    ['../../x.pem', 'aa/bb/x.pem'],
    ['/etc/passwd', 'aetc/passwd'],
    ['C:/evil.pem', 'CC/evil.pem'],
    ['a\\..\\x.pem', 'aa..ax.pem'],
    ['a/../../b.x', 'a/bb/bb/b.x'],
    ['a/./bbbbb.x', 'a/b/bbbbb.x'],
    ['a//bbbbbb.x', 'a/bbbbbbb.x'],
    ['evil\u0000.pem', 'evil0.pem'],
    ['evil\n.pem', 'evil0.pem'],
    ['\xff\xfe.pem', 'ab.pem'],
  ])('with the member %j is refused as unsafe', async (unsafe, plain) => {
    await expectFault('ZipUnsafeName', ['unsafe name'], () => readZip(renamed(writeZip([text(plain, 'x')]), plain, unsafe)))
  })

  test.each(['../x', '/x', 'a\\b', '', 'a/', 'x'.repeat(1025)])('with the member %j is not written either', async name => {
    await expectFault('ZipUnsafeName', [], () => writeZip([text(name, '')]))
  })

  test('with a name twice is refused, and not written', async () => {
    const twice = renamed(writeZip([text('first', 'a'), text('other', 'b')]), 'other', 'first')
    await expectFault('ZipDuplicateName', ['"first"'], () => readZip(twice))
    await expectFault('ZipDuplicateName', ['"first"'], () => writeZip([text('first', 'a'), text('first', 'b')]))
  })

  test('with one name in the directory and another at the member is refused', async () => {
    const bytes = one('content')
    bytes.write('nember', 30, 'latin1')
    await expectFault('ZipMalformed', ['"member" is called "nember"'], () => readZip(bytes))
  })

  test('that declares more than the limit is refused before it is unpacked', async () => {
    const bomb = writeZip([text('small', 'x'), { name: 'bomb', data: Buffer.alloc(20 * 1024 * 1024) }])
    expect(bomb.length).toBeLessThan(25_000)
    await expectFault('ZipTooLarge', ['more than 16777216 bytes by its member "bomb"'], () => readZip(bomb))
    expect(await readZip(bomb, { maxBytes: 21 * 1024 * 1024 })).toHaveLength(2)
  })

  test('whose limit is met exactly is read, and one byte less is refused', async () => {
    const bytes = writeZip([text('a', '12345'), text('b', '67890')])
    expect(await readZip(bytes, { maxBytes: 10 })).toHaveLength(2)
    await expectFault('ZipTooLarge', ['more than 9 bytes by its member "b"'], () => readZip(bytes, { maxBytes: 9 }))
  })

  test('that declares less than it unpacks to is stopped at what it declared', async () => {
    const content = Buffer.alloc(8 * 1024 * 1024)
    const bomb = directory(writeZip([{ name: 'bomb', data: content }]), 24, '64000000')
    await expectFault('ZipSizeMismatch', ['"bomb" declares 100 bytes and has more'], () => readZip(bomb))
  })

  test.each([
    ['more than it unpacks to', 'ZipSizeMismatch', 'declares 100 bytes and has 7', () => directory(one('content'), 24, '64000000')],
    [
      'a stored size that is not its packed size',
      'ZipSizeMismatch',
      'declares 6 bytes and has 7',
      () => directory(one('content', 'stored'), 24, '06000000'),
    ],
    ['no bytes, and unpacks to some', 'ZipSizeMismatch', 'declares 0 bytes and has', () => directory(one('content'), 24, '00000000')],
    ['a packed size beyond the file', 'ZipMalformed', '"member" is damaged', () => directory(one('content'), 20, 'ffffff00')],
    ['a packed size that cuts it', 'ZipMalformed', 'does not inflate', () => directory(one('content'), 20, '02000000')],
    ['another checksum', 'ZipChecksum', '"member"', () => directory(one('content'), 16, '00000000')],
    ['an encryption', 'ZipEncrypted', '"member"', () => directory(one('content'), 8, '0108')],
    ['strong encryption', 'ZipMalformed', 'strong encryption', () => directory(one('content'), 8, '4108')],
    ['another method', 'ZipUnsupported', 'method 9', () => directory(one('content'), 10, '0900')],
    ['a place beyond the file', 'ZipMalformed', '"member" is damaged', () => directory(one('content'), 42, 'ffffff00')],
    ['a place where no member begins', 'ZipMalformed', '"member" is damaged', () => directory(one('content'), 42, '01000000')],
  ] as const)('that declares %s is refused: %s', async (_what, code, problem, bytes) => {
    await expectFault(code, [problem], () => readZip(bytes()))
  })

  test('with a changed byte in its packed data is refused', async () => {
    const bytes = one('content', 'stored')
    bytes.write('X', bytes.indexOf('content'))
    await expectFault('ZipChecksum', ['"member"', 'fetch the archive again'], () => readZip(bytes))
  })

  test('with more members than the limit is refused, folders counted', async () => {
    const bytes = writeZip([text('a', ''), text('b', ''), text('c', '')])
    expect(await readZip(bytes, { maxMembers: 3 })).toHaveLength(3)
    await expectFault('ZipTooManyMembers', ['more than 2 members'], () => readZip(bytes, { maxMembers: 2 }))
    await expectFault('ZipTooManyMembers', ['more than 2 members'], () =>
      readZip(renamed(writeZip([text('a1', ''), text('b1', ''), text('c1', '')]), '1', '/'), { maxMembers: 2 }),
    )
  })

  test('of many small bombs is held by the sum of what they declare', async () => {
    const members = Array.from({ length: 20 }, (_, index) => ({ name: `m${index}`, data: Buffer.alloc(1024 * 1024) }))
    await expectFault('ZipTooLarge', ['"m16"'], () => readZip(writeZip(members)))
  })

  test('cut at any byte is refused', async () => {
    for (const method of ['stored', 'deflated'] as const) {
      const bytes = writeZip(sample, method)
      for (let length = 0; length < bytes.length; length++)
        expect((await faultOf(() => readZip(bytes.subarray(0, length)))).code).toBe('ZipMalformed')
    }
  })

  test('that is a web page is refused', async () => {
    await expectFault('ZipMalformed', ['not a zip file', 'fetch the archive again'], () =>
      readZip(Buffer.from('<Error><Code>NoSuchKey</Code></Error>')),
    )
  })
})
