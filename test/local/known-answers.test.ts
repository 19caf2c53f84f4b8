import { describe, expect, test } from 'vitest'
import { dingTalkSign } from '../../local/chat/dingtalk.ts'
import { mnsSignature } from '../../local/mns/signature.ts'
import { type SignedParts, signatureV4 } from '../../local/oss/signature.ts'
import { canonicalRequest, signatureOf } from '../../local/rds/acs3.ts'
import { rpcSignature } from '../../local/rds/rpc-signature.ts'

/** Signatures that others computed and published, so that no verifier here is only as right as this repository's own reading. */

describe('ACS3, by the tests of Alibaba’s OpenApiUtil for five languages (github.com/aliyun/darabonba-openapi-util, 39c4804)', () => {
  const payload = '55e12e91650d2fec56ec74e1d3e4ddbfce2ef3a65890c2a19ecf88a307e76a23'
  // Their inputs differ: two spellings of one header are joined, or one of the two wins; the method is GET or none.
  const vectors: [string, { method: string; rawQuery: string; value: string }, string][] = [
    [
      'Go',
      { method: '', rawQuery: 'test=ok&empty=', value: 'http,https' },
      '4ab59fffe3c5738ff8a2729f90cc04fe18b02a4b15b2102cbaf92f9ff3df2ea3',
    ],
    [
      'Python',
      { method: 'GET', rawQuery: 'test=ok&empty=', value: 'http,https' },
      'd16b30a7699ae9e43875b13195b2f81bcc3ed10c14a9b5eb780e51619aa50be1',
    ],
    [
      'Java',
      { method: 'GET', rawQuery: 'empty=&test=ok', value: 'http' },
      '02e81f9f3cc8839151b0c7278024cbc4bfc9fa786085a0b8305f825f17b5dae7',
    ],
    ['PHP', { method: '', rawQuery: 'test=ok&empty', value: 'https' }, '0a0f89a45f1ec3537a2d1a1046c71b95513a8f1f02526056968da19b99a5b914'],
    [
      'PHP without a query',
      { method: '', rawQuery: '', value: ' https ' },
      'af6d32deb090ae85a21d7183055cf18dca17751da96979cdf964f8f0853e9dd2',
    ],
  ]
  test.each(vectors)('%s', (_, { method, rawQuery, value }, expected) => {
    const request = { method, rawPath: '/', rawQuery, headers: { 'x-acs-test': value }, body: Buffer.alloc(0) }
    expect(signatureOf(canonicalRequest(request, ['x-acs-test'], payload), 'secret')).toBe(expected)
  })
})

describe('the RPC signature 1.0', () => {
  test('by OpenApiUtil’s tests in Go and Java', () => {
    expect(rpcSignature('', { test: 'ok' }, 'accessKeySecret')).toBe('jHx/oHoHNrbVfhncHEvPdHXZwHU=')
    expect(rpcSignature('GET', { query: 'test', body: 'test' }, 'secret')).toBe('XlUyV4sXjOuX5FnjUz9IF9tm5rU=')
  })

  test('with and without a token, by the tests of Alibaba’s Go SDK (github.com/aliyun/alibaba-cloud-sdk-go, rpc_signature_composer_test)', () => {
    const params = {
      Version: '',
      Action: '',
      Format: 'JSON',
      Timestamp: 'mock date',
      SignatureMethod: 'HMAC-SHA1',
      SignatureVersion: '1.0',
      SignatureType: '',
      SignatureNonce: 'MOCK_UUID',
      AccessKeyId: 'accessKeyId',
      RegionId: 'regionId',
    }
    expect(rpcSignature('GET', params, 'accessKeySecret')).toBe('7loPmFjvDnzOVnQeQNj85S6nFGY=')
    const role = { ...params, SecurityToken: 'accessKeyStsToken' }
    expect(rpcSignature('GET', role, 'accessKeySecret')).toBe('5Nxdcler+ihqWqv0Hr2On4PsBf4=')
  })
})

describe('OSS V4, by the tests of Alibaba’s OSS SDKs v2 for Go and Python (github.com/aliyun/alibabacloud-oss-go-sdk-v2, -python-sdk-v2)', () => {
  const query = [
    ['param1', 'value1'],
    ['+param1', 'value3'],
    ['|param1', 'value4'],
    ['+param2', ''],
    ['|param2', ''],
    ['param2', ''],
  ] as const
  const resource = { method: 'PUT', bucket: 'bucket', key: '1234+-/123/1.txt', region: 'cn-hangzhou' }
  const dateOf = (seconds: number) => new Date(seconds * 1000).toISOString().replace(/[-:]|\.000/g, '')
  const unsigned = { abc: 'value', zabc: 'value', xyz: 'value' }

  function inHeader(at: number, additional: string[] = [], more: Record<string, string> = {}): SignedParts {
    const date = dateOf(at)
    const signed = { 'x-oss-head1': 'value', 'content-type': 'text/plain', 'x-oss-content-sha256': 'UNSIGNED-PAYLOAD', 'x-oss-date': date }
    return { ...resource, query, headers: { ...unsigned, ...signed, ...more }, additional, date }
  }

  function inUrl(at: number, expires: number, additional: string[] = [], more: [string, string][] = []): SignedParts {
    const date = dateOf(at)
    const signing: [string, string][] = [
      ['x-oss-signature-version', 'OSS4-HMAC-SHA256'],
      ['x-oss-credential', `ak/${date.slice(0, 8)}/cn-hangzhou/oss/aliyun_v4_request`],
      ['x-oss-date', date],
      ['x-oss-expires', String(expires)],
      ...(additional.length > 0 ? [['x-oss-additional-headers', additional.join(';')] as [string, string]] : []),
      ...more,
    ]
    const headers = { ...unsigned, 'x-oss-head1': 'value', 'content-type': 'application/octet-stream' }
    return { ...resource, query: [...query, ...signing], headers, additional, date }
  }

  const vectors: [string, SignedParts, string][] = [
    ['a header', inHeader(1_702_743_657), 'e21d18daa82167720f9b1047ae7e7f1ce7cb77a31e8203a7d5f4624fa0284afe'],
    [
      'a header with a token',
      inHeader(1_702_784_856, [], { 'x-oss-security-token': 'token' }),
      'b94a3f999cf85bcdc00d332fbd3734ba03e48382c36fa4d5af5df817395bd9ea',
    ],
    [
      'a header that signs further headers',
      inHeader(1_702_747_512, ['abc', 'zabc']),
      '4a4183c187c07c8947db7620deb0a6b38d9fbdd34187b6dbaccb316fa251212f',
    ],
    ['a URL', inUrl(1_702_781_677, 599), 'a39966c61718be0d5b14e668088b3fa07601033f6518ac7b523100014269c0fe'],
    [
      'a URL with a token',
      inUrl(1_702_785_388, 599, [], [['x-oss-security-token', 'token']]),
      '3817ac9d206cd6dfc90f1c09c00be45005602e55898f26f5ddb06d7892e1f8b5',
    ],
    [
      'a URL that signs further headers',
      inUrl(1_702_783_809, 599, ['abc', 'zabc']),
      '6bd984bfe531afb6db1f7550983a741b103a8c58e5e14f83ea474c2322dfa2b7',
    ],
    ['a URL for five days', inUrl(1_702_781_677, 432_000), '31029123dc7732d2d2cfd4006ea4fdb6cf86da6478f813e2bf8f87877c7b9fec'],
  ]
  test.each(vectors)('%s', (_, parts, expected) => expect(signatureV4('sk', parts)).toBe(expected))
})

describe('MNS', () => {
  const headers = { 'x-mns-version': '2015-06-06' }

  test('by the test of Alibaba’s JavaScript SDK (github.com/aliyun/nodejs-mns)', () => {
    const parts = { method: 'PUT', contentMd5: '574683b3684e3cff610afa155cc2506d', contentType: 'text/xml', headers, resource: '/' }
    expect(mnsSignature('ACCESS_KEY_SECRET', { ...parts, date: 'Tue, 11 Apr 2017 10:09:19 GMT' })).toBe('A9zehggaYHHujmuRMxGIDrhWwx8=')
  })

  test('by the manual’s example, as far as it is printed (help.aliyun.com/document_detail/175633.htm)', () => {
    const parts = { method: 'GET', contentMd5: '', contentType: '', headers, resource: '/MyQueue' }
    const signature = mnsSignature('TestAccessSecret', { ...parts, date: 'Thu, 09 Jul 2015 03:01:34 GMT' })
    expect(signature.slice(0, 24)).toBe('uwx3yeWoILzgmvesW0BQSgfM')
  })
})

test('a robot of DingTalk, by the test of a Go client that is much used (github.com/CatchZeng/dingtalk, internal/security)', () => {
  const secret = `SEC${'b90923e19e58b466481e9e7b7a5b4f108a4531abde590ad3967fb29f0eae5c68'}`
  expect(encodeURIComponent(dingTalkSign(secret, '1582163555000'))).toBe('BQKsG%2BQOCl%2BbYJOLc6pxDHxjVquzlZPWgvRzeN2J5zY%3D')
})
