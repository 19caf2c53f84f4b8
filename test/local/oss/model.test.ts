import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type OssModel, ossModel } from '../../../local/model/oss.ts'

const now = Date.parse('2026-05-10T00:00:00.700Z')
const bytes = (text: string) => Buffer.from(text)
const code = (outcome: { ok: true } | { ok: false; code: string }) => (outcome.ok ? 'ok' : outcome.code)

function withBucket(): OssModel {
  const model = ossModel()
  model.putBucket('journal', '1000', now)
  return model
}

function put(model: OssModel, key: string, text = key, forbidOverwrite = false) {
  return model.put('journal', key, { bytes: bytes(text), forbidOverwrite }, now)
}

function text(model: OssModel, key: string): string | undefined {
  const got = model.get('journal', key)
  return got.ok ? Buffer.from(got.value.bytes).toString() : undefined
}

describe('creating once', () => {
  test('an unversioned bucket keeps the first writer’s bytes and refuses the second', () => {
    const model = withBucket()
    expect(code(put(model, '0001.json', 'first', true))).toBe('ok')
    expect(code(put(model, '0001.json', 'second', true))).toBe('FileAlreadyExists')
    expect(text(model, '0001.json')).toBe('first')
  })

  test.each(['enabled', 'suspended'] as const)('a bucket whose versioning is %s ignores it and overwrites', versioning => {
    const model = withBucket()
    put(model, '0001.json', 'first', true)
    model.putVersioning('journal', versioning)
    expect(code(put(model, '0001.json', 'second', true))).toBe('ok')
    expect(text(model, '0001.json')).toBe('second')
  })

  test('a write that does not ask for it overwrites', () => {
    const model = withBucket()
    put(model, '0001.json', 'first', true)
    put(model, '0001.json', 'second')
    expect(text(model, '0001.json')).toBe('second')
  })

  test('a copy is refused likewise, and a deleted key is free again', () => {
    const model = withBucket()
    put(model, 'a')
    put(model, 'b')
    const copy = (key: string) => model.copy({ bucket: 'journal', key: 'a' }, { bucket: 'journal', key }, { forbidOverwrite: true }, now)
    expect(code(copy('b'))).toBe('FileAlreadyExists')
    expect(code(copy('c'))).toBe('ok')
    model.delete('journal', 'b')
    expect(code(copy('b'))).toBe('ok')
    expect(text(model, 'b')).toBe('a')
  })
})

describe('conditions', () => {
  const etag = '"900150983CD24FB0D6963F7D28E17F72"' // MD5 of "abc", RFC 1321
  const second = Date.parse('2026-05-10T00:00:00Z')
  const cases: [string, Parameters<OssModel['head']>[2], string][] = [
    ['none', {}, 'ok'],
    ['If-Match the ETag', { ifMatch: etag }, 'ok'],
    ['If-Match *', { ifMatch: '*' }, 'ok'],
    ['If-Match another', { ifMatch: '"00"' }, 'PreconditionFailed'],
    ['If-None-Match the ETag', { ifNoneMatch: etag }, 'NotModified'],
    ['If-None-Match the ETag without quotes', { ifNoneMatch: etag.slice(1, -1) }, 'NotModified'],
    ['If-None-Match a list with the ETag', { ifNoneMatch: `"00", ${etag}` }, 'NotModified'],
    ['If-None-Match another', { ifNoneMatch: '"00"' }, 'ok'],
    ['If-Modified-Since the same second', { ifModifiedSince: second }, 'NotModified'],
    ['If-Modified-Since the second before', { ifModifiedSince: second - 1000 }, 'ok'],
    ['If-Unmodified-Since the same second', { ifUnmodifiedSince: second }, 'ok'],
    ['If-Unmodified-Since the second before', { ifUnmodifiedSince: second - 1000 }, 'PreconditionFailed'],
    ['If-None-Match another outweighs the date', { ifNoneMatch: '"00"', ifModifiedSince: second }, 'ok'],
    ['a failed If-Match outweighs If-None-Match', { ifMatch: '"00"', ifNoneMatch: etag }, 'PreconditionFailed'],
  ]
  test.each(cases)('%s', (_, conditions, expected) => {
    const model = withBucket()
    put(model, 'abc')
    expect(code(model.head('journal', 'abc', conditions))).toBe(expected)
    expect(code(model.get('journal', 'abc', conditions))).toBe(expected)
  })

  test('the ETag is the upper-case MD5 in quotes, and the date a full second', () => {
    const model = withBucket()
    put(model, 'abc')
    expect(model.head('journal', 'abc')).toMatchObject({ value: { etag, lastModified: second } })
  })
})

describe('ranges of ten bytes', () => {
  const cases: [string, string, string][] = [
    ['bytes=0-3', '0123', '0123'],
    ['bytes=8-', '89', '89'],
    ['bytes=-2', '89', '89'],
    ['bytes=9-9', '9', '9'],
    ['bytes=8-10', '0123456789', '89'],
    ['bytes=-11', '0123456789', '0123456789'],
    ['bytes=10-12', '0123456789', 'InvalidRange'],
    ['byte=0-3', '0123456789', '0123456789'],
    ['bytes=5-3', '0123456789', '0123456789'],
    ['bytes=-', '0123456789', '0123456789'],
  ]
  test.each(cases)('%s gives %s, and by the standard %s', (range, byDefault, standard) => {
    const model = withBucket()
    put(model, 'digits', '0123456789')
    const given = (standardRange: boolean) => {
      const got = model.get('journal', 'digits', { range, standardRange })
      return got.ok ? Buffer.from(got.value.bytes).toString() : got.code
    }
    expect([given(false), given(true)]).toEqual([byDefault, standard])
  })
})

describe('listing', () => {
  function keysOf(model: OssModel, listing: Parameters<OssModel['list']>[1]) {
    const page = model.list('journal', listing)
    if (!page.ok) throw new Error(page.code)
    return { keys: page.value.objects.map(object => object.key), prefixes: page.value.commonPrefixes, next: page.value.next }
  }

  test('is by the bytes of UTF-8, not by UTF-16', () => {
    const model = withBucket()
    for (const key of ['😀', '～', 'a', 'Z', '%', '中']) put(model, key)
    expect(keysOf(model, {}).keys).toEqual(['%', 'Z', 'a', '中', '～', '😀'])
  })

  test('folds what lies behind the delimiter, once over all pages', () => {
    const model = withBucket()
    for (const key of ['a', 'b/1', 'b/2', 'b/3', 'c/1', 'd']) put(model, key)
    const first = keysOf(model, { delimiter: '/', maxKeys: 2 })
    expect(first).toMatchObject({ keys: ['a'], prefixes: ['b/'] })
    const second = keysOf(model, { delimiter: '/', maxKeys: 2, token: first.next })
    expect(second).toMatchObject({ keys: ['d'], prefixes: ['c/'], next: undefined })
    expect(keysOf(model, { prefix: 'b/', delimiter: '/' }).keys).toEqual(['b/1', 'b/2', 'b/3'])
  })

  test('begins after start-after and says when it is at its end', () => {
    const model = withBucket()
    for (const key of ['a', 'b', 'c']) put(model, key)
    expect(keysOf(model, { after: 'a' })).toEqual({ keys: ['b', 'c'], prefixes: [], next: undefined })
    expect(keysOf(model, { after: 'aa', maxKeys: 2 })).toEqual({ keys: ['b', 'c'], prefixes: [], next: undefined })
    expect(keysOf(model, { after: 'z' }).keys).toEqual([])
    expect(keysOf(model, { prefix: 'b', after: 'a' }).keys).toEqual(['b'])
    expect(keysOf(model, { prefix: 'b', after: 'c' }).keys).toEqual([])
  })

  test('knows at once of what was written and deleted since', () => {
    const model = withBucket()
    put(model, 'a')
    put(model, 'c')
    expect(keysOf(model, {}).keys).toEqual(['a', 'c'])
    put(model, 'b')
    model.delete('journal', 'a')
    expect(keysOf(model, { maxKeys: 1 })).toMatchObject({ keys: ['b'], next: expect.any(String) })
    model.delete('journal', 'c')
    expect(keysOf(model, { maxKeys: 1 })).toMatchObject({ keys: ['b'], next: undefined })
  })

  test('refuses 0 and 1001 keys and a token of another maker', () => {
    const model = withBucket()
    const asked = (listing: Parameters<OssModel['list']>[1]) => code(model.list('journal', listing))
    expect([asked({ maxKeys: 0 }), asked({ maxKeys: 1001 }), asked({ token: '' }), asked({ token: '!' })]).toEqual(
      new Array(4).fill('InvalidArgument'),
    )
    expect(asked({ maxKeys: 1000 })).toBe('ok')
  })

  test('whatever the keys, pages joined are all keys, each once, in order', () => {
    const key = fc
      .array(fc.constantFrom('a', 'b', '/', '+', ' ', '%', '中', '😀', '～'), { minLength: 1, maxLength: 6 })
      .map(parts => `k${parts.join('')}`)
    fc.assert(
      fc.property(
        fc.uniqueArray(key, { maxLength: 40 }),
        fc.integer({ min: 1, max: 7 }),
        fc.constantFrom('', '/', '中'),
        fc.constantFrom('', 'k', 'ka', 'k/'),
        (keys, maxKeys, delimiter, prefix) => {
          const model = withBucket()
          for (const one of keys) put(model, one)
          const found: { keys: string[]; prefixes: string[] } = { keys: [], prefixes: [] }
          let token: string | undefined
          do {
            const page = keysOf(model, { maxKeys, delimiter, prefix, ...(token === undefined ? {} : { token }) })
            expect(page.keys.length + page.prefixes.length).toBeLessThanOrEqual(maxKeys)
            found.keys.push(...page.keys)
            found.prefixes.push(...page.prefixes)
            token = page.next
          } while (token !== undefined)
          const wanted = keys.filter(one => one.startsWith(prefix)).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
          const cut = (one: string) => (delimiter === '' ? -1 : one.indexOf(delimiter, prefix.length))
          expect(found.keys).toEqual(wanted.filter(one => cut(one) < 0))
          expect(found.prefixes).toEqual([
            ...new Set(wanted.filter(one => cut(one) >= 0).map(one => one.slice(0, cut(one) + delimiter.length))),
          ])
        },
      ),
      { numRuns: 300 },
    )
  })
})

describe('names', () => {
  test.each([
    ['/a', 'InvalidObjectName'],
    ['\\a', 'InvalidObjectName'],
    ['', 'InvalidObjectName'],
    ['中'.repeat(341), 'ok'],
    ['中'.repeat(342), 'InvalidObjectName'],
  ])('an object named %s', (key, expected) => {
    expect(code(put(withBucket(), key))).toBe(expected)
  })

  test.each([
    ['ab', 'InvalidBucketName'],
    ['abc', 'ok'],
    ['Abc', 'InvalidBucketName'],
    ['-abc', 'InvalidBucketName'],
    ['a'.repeat(63), 'ok'],
    ['a'.repeat(64), 'InvalidBucketName'],
  ])('a bucket named %s', (name, expected) => {
    expect(code(ossModel().putBucket(name, '1000', now))).toBe(expected)
  })

  test('a bucket that is another’s, is not there or is not empty says so', () => {
    const model = withBucket()
    put(model, 'a')
    expect(code(model.putBucket('journal', '2000', now))).toBe('BucketAlreadyExists')
    expect(code(model.deleteBucket('journal'))).toBe('BucketNotEmpty')
    model.delete('journal', 'a')
    expect(code(model.deleteBucket('journal'))).toBe('ok')
    expect([code(put(model, 'a')), code(model.get('journal', 'a')), code(model.list('journal'))]).toEqual(new Array(3).fill('NoSuchBucket'))
  })
})
