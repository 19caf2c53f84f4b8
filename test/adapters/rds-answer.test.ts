import { describe, expect, test } from 'vitest'
import { failureOf, faultOfRead, passesSoon, saysGone, saysNoProxy, saysNoTls, updateReplyOf } from '../../shared/adapters/rds/answer.ts'

/** Errors as the SDK throws them: an answer of the service, or what Node and httpx throw, with the whole URL in the message. */
const answered = (status: number, code: string, message = 'words') =>
  Object.assign(new Error(`code: ${status}, ${message}`), { statusCode: status, code })
const url = 'POST https://rds.aliyuncs.com/?DBInstanceId=rm-1&ServerKey=-----BEGIN%20PRIVATE%20KEY----- failed.'
const network = (code: string, syscall?: string) => Object.assign(new Error(`${code} ${url}`), { code, ...(syscall && { syscall }) })
const named = (name: string) => Object.assign(new Error(url), { name })
const several = (...errors: Error[]) => Object.assign(new AggregateError(errors, url), { code: 'ECONNREFUSED' })

describe('what Update Validity may conclude', () => {
  test.each<[string, unknown, string]>([
    ['a 400 with a code', answered(400, 'InvalidSSLStatus'), 'refused'],
    ['a 403 of RAM', answered(403, 'Forbidden.RAM'), 'refused'],
    ['a 404 of an endpoint', answered(404, 'Endpoint.NotFound'), 'refused'],
    ['a 499, the last of the 4xx', answered(499, 'Anything'), 'refused'],
    ['a 500, the first that is none', answered(500, 'ExternalFailure'), 'unknown'],
    ['a 400 that throttles', answered(400, 'Throttling.User'), 'refused'],
    ['a 503 that throttles', answered(503, 'Throttling'), 'refused'],
    ['a 503 that does not', answered(503, 'ServiceUnavailable'), 'unknown'],
    ['a state that says: under way', answered(403, 'IncorrectDBInstanceState'), 'refused'],
    ['a 403 without a code, from something in between', answered(403, 'undefined'), 'unknown'],
    ['a page that is no JSON', new SyntaxError('Unexpected token <'), 'unknown'],
    ['JSON null', new TypeError("Cannot read properties of null (reading 'RequestId')"), 'unknown'],
    ['fields of another type', new Error('type of requestId is mismatch, expect string, but object'), 'unknown'],
    ['a closed port', network('ECONNREFUSED', 'connect'), 'refused'],
    ['a name that does not exist', network('ENOTFOUND', 'getaddrinfo'), 'refused'],
    ['name servers that do not answer', network('EAI_AGAIN', 'getaddrinfo'), 'refused'],
    ['no route while connecting', network('EHOSTUNREACH', 'connect'), 'refused'],
    ['no answer to the first packet', network('ETIMEDOUT', 'connect'), 'refused'],
    ['all addresses closed', several(network('ECONNREFUSED', 'connect'), network('ECONNREFUSED', 'connect')), 'refused'],
    ['one address closed, one reset', several(network('ECONNREFUSED', 'connect'), network('ECONNRESET')), 'unknown'],
    ['a hang-up', network('ECONNRESET'), 'unknown'],
    ['a reset while reading', network('ECONNRESET', 'read'), 'unknown'],
    ['no route while reading', network('EHOSTUNREACH', 'read'), 'unknown'],
    ['a broken pipe', network('EPIPE', 'write'), 'unknown'],
    ['a time-out of httpx, which does not tell connecting from waiting', named('RequestTimeoutError'), 'unknown'],
    ['a certificate that does not verify', network('CERT_HAS_EXPIRED'), 'unknown'],
    ['something that is no error', 'boom', 'unknown'],
    ['nothing', undefined, 'unknown'],
  ])('%s', (_, error, reply) => {
    expect(updateReplyOf(failureOf(error)).reply).toBe(reply)
  })

  test('neither a reply nor a fault repeats the URL or what stands in it', () => {
    for (const error of [
      network('ECONNRESET'),
      named('RequestTimeoutError'),
      several(network('ECONNREFUSED', 'connect')),
      new SyntaxError(url),
    ]) {
      const told = JSON.stringify(updateReplyOf(failureOf(error))) + faultOfRead(failureOf(error), 'DescribeDBInstanceSSL').message
      expect(told).not.toMatch(/aliyuncs|PRIVATE|\?/)
    }
  })
})

describe('what a read becomes', () => {
  test.each<[string, unknown, string, boolean]>([
    ['Throttling.User', answered(400, 'Throttling.User'), 'Busy', true],
    ['Throttling with 503', answered(503, 'Throttling'), 'Busy', true],
    ['ServiceUnavailable', answered(503, 'ServiceUnavailable'), 'Busy', true],
    ['ConcurrentLimit', answered(400, 'ConcurrentLimit'), 'Busy', true],
    ['a 429 of any code', answered(429, 'ResourceExhausted'), 'Busy', true],
    ['IncorrectDBInstanceState', answered(403, 'IncorrectDBInstanceState'), 'Busy', false],
    ['OperationDenied.DBInstanceStatus', answered(403, 'OperationDenied.DBInstanceStatus'), 'Busy', false],
    ['InternalError', answered(500, 'InternalError'), 'Unreachable', true],
    ['another 500', answered(500, 'RequestMetaDataFailed'), 'Unreachable', true],
    ['Forbidden.RAM', answered(403, 'Forbidden.RAM'), 'Refused', true],
    ['IncorrectDBInstanceLockMode', answered(403, 'IncorrectDBInstanceLockMode'), 'Refused', true],
    ['an HTML page', new SyntaxError('Unexpected token <'), 'BadReply', true],
    ['a code that is missing', answered(502, 'undefined'), 'BadReply', true],
    ['JSON null in an error', new TypeError("Cannot read properties of null (reading 'RequestId')"), 'BadReply', true],
    ['a body that is no object', new Error('can not cast to Map'), 'BadReply', true],
    ['a closed port', network('ECONNREFUSED', 'connect'), 'Unreachable', true],
    ['a hang-up', network('ECONNRESET'), 'Unreachable', true],
    ['a time-out', named('RequestTimeoutError'), 'Unreachable', true],
  ])('%s', (_, error, code, soon) => {
    const fault = faultOfRead(failureOf(error), 'DescribeDBInstances')
    expect({ code: fault.code, soon: passesSoon(fault) }).toEqual({ code, soon })
    expect(fault.message).toMatch(/^DescribeDBInstances: /)
  })

  test.each(['InvalidDBInstanceId.NotFound', 'InvalidDBInstanceName.NotFound'])('%s says gone', code => {
    expect(saysGone(failureOf(answered(404, code)))).toBe(true)
  })

  test.each(['Endpoint.NotFound', 'InvalidConnectionString.NotFound', 'InvalidAction.NotFound'])('%s does not say gone', code => {
    expect(saysGone(failureOf(answered(404, code)))).toBe(false)
  })

  test.each([
    'InvaildEngineInRegion.ValueNotSupported',
    'InstanceEngineType.NotSupport',
    'OperationDenied.DBInstanceType',
    'EnabledSSLNotSupport',
  ])('%s says that there is no TLS', code => {
    expect(saysNoTls(failureOf(answered(400, code)))).toBe(true)
  })

  test.each(['InvalidSSLStatus', 'Api.NotSupport', 'OperationDenied.DBInstanceStatus', 'Forbidden.RAM'])(
    '%s does not say that there is no TLS: a certificate would run out unseen',
    code => {
      expect(saysNoTls(failureOf(answered(403, code)))).toBe(false)
    },
  )
})

test.each<[string, unknown, boolean]>([
  ['a proxy that is not there, in whatever words', answered(404, 'DBProxy.NotFound'), true],
  ['an instance that takes no such call', answered(400, 'InvalidDBInstanceName'), true],
  ['missing rights', answered(403, 'Forbidden.RAM'), false],
  ['missing rights, in other words', answered(403, 'NoPermission'), false],
  ['a wrong signature', answered(400, 'SignatureDoesNotMatch'), false],
  ['a rate', answered(400, 'Throttling.User'), false],
  ['a state that passes', answered(403, 'IncorrectDBInstanceState'), false],
  ['a failure of the service', answered(500, 'ExternalFailure'), false],
  ['a page', new SyntaxError('Unexpected token <'), false],
])('%s means that there is no database proxy: %s', (_, error, none) => expect(saysNoProxy(failureOf(error))).toBe(none))
