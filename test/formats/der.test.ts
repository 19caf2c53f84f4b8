import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { context, DerReader, der, derCount, derOid, octetString, sequence, setOf, tags } from '../../shared/formats/der.ts'
import { expectFault, faultOf } from './expected.ts'

const subject = { code: 'P12Malformed', what: 'the sample' } as const
const reader = (hex: string) => new DerReader(Buffer.from(hex, 'hex'), subject)

describe('what is written', () => {
  test.each([
    [0, '020100'],
    [127, '02017f'],
    [128, '02020080'],
    [256, '02020100'],
    [65535, '020300ffff'],
  ])('the number %i is written as X.690 says, and read back', (value, hex) => {
    expect(derCount(value).toString('hex')).toBe(hex)
    expect(reader(hex).count('number')).toBe(value)
  })

  test.each([
    ['1.2.840.113549.1.7.2', '06092a864886f70d010702'],
    ['2.16.840.1.113894.746875.1.1', '060c6086480186f966adca7b0101'],
    ['2.5.29.37.0', '0604551d2500'],
    ['1.3.14.3.2.26', '06052b0e03021a'],
  ])('the object identifier %s is written as X.690 says, and read back', (text, hex) => {
    expect(derOid(text).toString('hex')).toBe(hex)
    expect(reader(hex).oid('type')).toBe(text)
  })

  test.each([
    [0, '0400'],
    [127, '047f'],
    [128, '048180'],
    [255, '0481ff'],
    [256, '04820100'],
    [65536, '0483010000'],
  ])('%i bytes get the shortest length', (size, hex) => {
    expect(
      octetString(Buffer.alloc(size))
        .subarray(0, hex.length / 2)
        .toString('hex'),
    ).toBe(hex)
  })

  test('the members of a set are sorted by their encodings', () => {
    expect(setOf(octetString(Buffer.from([2])), octetString(Buffer.from([1])), derCount(9)).toString('hex')).toBe('3109020109040101040102')
  })

  test('reading gives back what was written, of any size', () => {
    fc.assert(
      fc.property(fc.oneof(fc.nat(300), fc.integer({ min: 65_000, max: 66_000 })), fc.nat(255), (size, fill) => {
        const content = Buffer.alloc(size, fill)
        const inner = new DerReader(sequence(octetString(content), derCount(7)), subject).enter(tags.sequence, 'pair')
        expect(inner.next(tags.octetString, 'content').content.equals(content)).toBe(true)
        expect(inner.count('number')).toBe(7)
        inner.end('number')
      }),
    )
  })
})

describe('what is not DER', () => {
  test.each([
    ['', 'breaks off before its item', 0],
    ['30', 'breaks off in the length of its item', 0],
    ['3082', 'breaks off in the length of its item', 0],
    ['308201', 'breaks off in the length of its item', 0],
    ['300500', 'declares 5 bytes, 1 are left', 0],
    ['300200', 'declares 2 bytes, 1 are left', 0],
    ['3080', 'indefinite length (BER)', 0],
    ['3085', 'length of 5 octets', 0],
    ['30ff', 'length of 127 octets', 0],
    ['308105', 'longer than DER allows', 0],
    ['30820080', 'longer than DER allows', 0],
    ['30820005', 'longer than DER allows', 0],
    ['0400', 'has tag 0x04 where its item (tag 0x30) belongs', 0],
    ['3084ffffffff', 'declares 4294967295 bytes, 0 are left', 0],
  ])('the bytes "%s" are refused: %s', async (hex, problem, at) => {
    await expectFault('P12Malformed', [`the sample `, problem, `(byte ${at})`], () => reader(hex).next(tags.sequence, 'item'))
  })

  test('a fault deep inside is told by its byte in the whole file', async () => {
    const file = sequence(derCount(1), der(context(0), sequence(derOid('2.5.29.37.0'), Buffer.from([0x04, 0x05]))))
    await expectFault('P12Malformed', [`(byte ${file.length - 2})`], () => {
      const outer = new DerReader(file, subject).enter(tags.sequence, 'outer')
      outer.count('version')
      const inner = outer.enter(context(0), 'content').enter(tags.sequence, 'inner')
      inner.oid('type')
      inner.next(tags.octetString, 'value')
    })
  })

  test.each(['0200', '020180', '02050100000000'])('the number %s is refused', async hex => {
    expect((await faultOf(() => reader(hex).count('number'))).message).toContain('has a number that is no number')
  })

  test.each(['0600', '060186', '060b2affffffffffffffffff7f'])('the object identifier %s is refused', async hex => {
    expect((await faultOf(() => reader(hex).oid('type'))).message).toContain('no object identifier')
  })

  test('bytes behind the last element are refused', async () => {
    const rest = reader('0400aabbcc')
    rest.next(tags.octetString, 'item')
    await expectFault('P12Malformed', ['3 bytes too many after its item', '(byte 2)'], () => rest.end('item'))
  })
})

test('random bytes are read or refused, and never read beyond their end', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), bytes => {
      try {
        const { whole, content } = new DerReader(Buffer.from(bytes), subject).next(bytes[0] ?? 0, 'item')
        expect(content.length).toBeLessThan(whole.length)
        expect(whole.length).toBeLessThanOrEqual(bytes.length)
      } catch (error) {
        expect(error).toMatchObject({ code: 'P12Malformed' })
      }
    }),
  )
})
