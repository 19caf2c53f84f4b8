import { X509Certificate } from 'node:crypto'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { readPem, writePem } from '../../shared/formats/pem.ts'
import { type Authority, makeAuthority } from './authority.ts'
import { expectFault, faultOf, fingerprints } from './expected.ts'
import { ecPem, rsaPem } from './vectors.ts'

let authority: Authority
beforeAll(async () => {
  authority = await makeAuthority()
})

const [both, names] = [`${ecPem}${rsaPem}`, ['C=CN, O=Alibaba, CN=Vector EC CA', 'C=CN, O=Alibaba, CN=Vector RSA CA']]
const subjects = (text: string | Uint8Array) => readPem(text).map(one => one.subject)

test('reading inverts writing, whatever the certificates and their order', () => {
  fc.assert(
    fc.property(fc.shuffledSubarray(authority.all, { minLength: 1 }), members => {
      expect(fingerprints(readPem(writePem(members)))).toEqual(fingerprints(members))
    }),
  )
})

test('what openssl wrote is written back byte for byte', () => {
  expect(writePem(readPem(both))).toBe(both)
})

test('OpenSSL reads every block that is written', () => {
  for (const one of authority.all) expect(new X509Certificate(writePem([one])).raw.equals(one.der)).toBe(true)
})

describe('what is tolerated', () => {
  test.each([
    ['comments and empty lines between blocks', `# roots\n\n${ecPem}  \n#\n# 地域\n${rsaPem}\n# end`],
    ['Windows line endings', both.replaceAll('\n', '\r\n')],
    ['old Mac line endings', both.replaceAll('\n', '\r')],
    ['blanks at the end of lines', both.replaceAll('\n', ' \t\n')],
    ['a missing last line ending', both.trimEnd()],
    ['a byte order mark', `\uFEFF${both}`],
    ['lines of another length', both.replaceAll(/([A-Za-z0-9+/]{32})([A-Za-z0-9+/]{32})\n/g, '$1\n$2\n')],
  ])('%s', (_name, text) => {
    expect(subjects(text)).toEqual(names)
    expect(subjects(Buffer.from(text))).toEqual(names)
  })
})

describe('what is refused, by its line', () => {
  test.each([
    ['PemRubbish', 'line 13 ', both.replace(/\n-----BEGIN/, '\nBag Attributes\n-----BEGIN')],
    ['PemRubbish', 'line 1 ', ` ${ecPem}`],
    ['PemRubbish', 'line 1 ', `-----END CERTIFICATE-----\n${ecPem}`],
    ['PemRubbish', 'web page', '<?xml version="1.0"?><Error><Code>NoSuchKey</Code></Error>'],
    ['PemRubbish', 'line 1 ', Buffer.from(both, 'utf16le')],
    ['PemTruncated', 'CERTIFICATE of line 13 breaks off', both.slice(0, -40)],
    ['PemTruncated', 'line 12 is not its end', both.replace('-----END CERTIFICATE-----\n', '')],
    ['PemTruncated', 'line 12 is not its end', both.replace('END CERTIFICATE', 'END PKCS7')],
    ['PemBase64', 'line 3 in the block of line 1', both.replace('BgNVBAoM', 'BgNV*AoM')],
    ['PemBase64', 'line 3 in the block of line 1', both.replace('BgNVBAoM', '\nBgNVBAoM')],
    ['PemBase64', 'block of line 1', both.replace('sewu\n', 'sew\n')],
    ['PemBase64', 'block of line 1', '-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n'],
    ['PemLabel', 'line 13 begins a PRIVATE KEY', `${ecPem}-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n`],
    ['NotACertificate', 'the certificate of line 13', `${ecPem}-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n`],
    ['NoCertificates', 'the PEM', '# nothing\n'],
    ['NoCertificates', 'the PEM', ''],
  ] as const)('%s: %s', async (code, problem, text) => {
    await expectFault(code, [problem], () => readPem(text))
  })

  test('the fault of a key that lost its first line does not repeat it', async () => {
    const fault = await faultOf(() => readPem('MHcCAQEEIsecretsecretsecret\n-----END EC PRIVATE KEY-----\n'))
    expect(fault.message).not.toContain('MHcC')
  })

  test('an empty bundle to be written is refused', async () => {
    await expectFault('NoCertificates', ['to be written'], () => writePem([]))
  })
})

test('a PEM cut at any byte is refused, or gives the certificates whole before the cut', () => {
  const whole = readPem(both)
  for (let length = 0; length < both.length; length++) {
    try {
      expect(readPem(both.slice(0, length))).toEqual(whole.slice(0, length < both.length - 1 ? 1 : 2))
    } catch (error) {
      expect(error).toMatchObject({ name: 'FormatError' })
    }
  }
})

test('whatever text stands there, it is read or refused with a code', () => {
  const line = fc.oneof(fc.string(), fc.constantFrom(...both.split('\n'), '-----BEGIN CERTIFICATE-----', '-----END CERTIFICATE-----'))
  fc.assert(
    fc.property(fc.array(line), lines => {
      try {
        expect(readPem(lines.join('\n')).length).toBeGreaterThan(0)
      } catch (error) {
        expect(error).toMatchObject({ name: 'FormatError' })
      }
    }),
    { numRuns: 500 },
  )
})
